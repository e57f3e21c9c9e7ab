// Schedules, from those who make them to the steps that run for them.

#include "protograph/jobs/schedules.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "protograph/errors.h"
#include "protograph/schedule_info.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SchedulesTest : public WorkerTest {
 protected:
  SchedulesTest() {
    absl::StatusOr<std::unique_ptr<Schedules>> schedules =
        Schedules::Make(store_, {.graphs = {graph_}});
    EXPECT_THAT(schedules, IsOk());
    if (schedules.ok()) schedules_ = *std::move(schedules);
  }

  static Schedule EverySecond(Overlap overlap = Overlap::kAllow) {
    return {.interval = absl::Seconds(1), .overlap = overlap};
  }
  // None of its ticks comes during a test.
  static Schedule Yearly() { return {.cron = "@yearly"}; }

  absl::Status Put(const std::string& name, const Schedule& schedule) {
    return schedules_->Put<film::TagSet>(name, kGraph, FilmId(603), schedule);
  }
  ScheduleRecord Get(const std::string& name) {
    absl::StatusOr<ScheduleRecord> record = schedules_->Get(name);
    EXPECT_THAT(record, IsOk());
    return record.ok() ? *std::move(record) : ScheduleRecord();
  }
  std::vector<FiringRecord> Firings(const std::string& name) {
    absl::StatusOr<std::vector<FiringRecord>> firings = schedules_->Firings(name);
    EXPECT_THAT(firings, IsOk());
    return firings.ok() ? *std::move(firings) : std::vector<FiringRecord>();
  }

  std::unique_ptr<Schedules> schedules_;
};

TEST_F(SchedulesTest, AWorkerFiresTheTicksAndRunsTheirJobs) {
  std::mutex mutex;
  std::vector<ScheduleInfo> seen;
  std::vector<std::optional<absl::Time>> times;
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    const std::lock_guard<std::mutex> lock(mutex);
    seen.push_back(*ctx.Value<ScheduleInfo>());
    times.push_back(ctx.ScheduledTime());
    return absl::OkStatus();
  });
  const auto worker = Start();
  ASSERT_THAT(Put("often", EverySecond()), IsOk());
  ASSERT_TRUE(Eventually([&] { return worker->stats().succeeded >= 3; }));
  const std::lock_guard<std::mutex> lock(mutex);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(seen[i].schedule, "often");
    EXPECT_EQ(seen[i].time, times[i]);
    // Of whole seconds, one after the other.
    EXPECT_EQ(absl::FromUnixSeconds(absl::ToUnixSeconds(seen[i].time)), seen[i].time);
  }
  EXPECT_EQ(seen[0].previous_time, std::nullopt);
  EXPECT_EQ(seen[1].time, seen[0].time + absl::Seconds(1));
  EXPECT_EQ(seen[1].previous_time, seen[0].time);
  EXPECT_EQ(seen[2].previous_time, seen[1].time);
}

TEST_F(SchedulesTest, WhoFiredWhatIsSeen) {
  const auto worker = Start();
  ASSERT_THAT(Put("often", EverySecond()), IsOk());
  ASSERT_TRUE(Eventually([&] { return Firings("often").size() >= 2; }));
  const std::vector<FiringRecord> firings = Firings("often");
  EXPECT_GT(firings[0].tick, firings[1].tick);
  for (const FiringRecord& firing : firings) {
    EXPECT_EQ(firing.outcome, FiringOutcome::kFired);
    EXPECT_FALSE(firing.owner_id.empty());
    EXPECT_EQ(client_->Status(firing.job_id)->graph, kGraph);
  }
}

TEST_F(SchedulesTest, JobsOfOtherOriginHaveNoScheduledTime) {
  std::optional<absl::Time> time = absl::UnixEpoch();
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    time = ctx.ScheduledTime();
    return absl::OkStatus();
  });
  const auto worker = Start();
  ASSERT_THAT(Wait(Submit(1)), IsOk());
  EXPECT_EQ(time, std::nullopt);
}

TEST_F(SchedulesTest, WhereOverlapsAreSkippedOneJobRunsAtATime) {
  BlockIn("FetchMovie");
  const auto worker = Start();
  ASSERT_THAT(Put("often", EverySecond(Overlap::kSkip)), IsOk());
  reached_.WaitForMost(1);
  ASSERT_TRUE(Eventually([&] { return Get("often").overlapped >= 2; }));
  EXPECT_EQ(Get("often").runs, 1);
  EXPECT_EQ(reached_.inside(), 1);
  released_.Open();
  EXPECT_TRUE(Eventually([&] { return Get("often").runs >= 2; }));
}

TEST_F(SchedulesTest, AQueuedTickFollowsTheJobThatItWaitedFor) {
  BlockIn("FetchMovie");
  const auto worker = Start();
  ASSERT_THAT(Put("often", EverySecond(Overlap::kQueueOne)), IsOk());
  reached_.WaitForMost(1);
  ASSERT_TRUE(Eventually([&] { return Get("often").pending_tick.has_value(); }));
  ASSERT_THAT(schedules_->Get("often"), IsOk());
  released_.Open();
  EXPECT_TRUE(Eventually([&] { return Get("often").runs >= 2; }));
  EXPECT_EQ(reached_.most(), 1);
}

TEST_F(SchedulesTest, ATickCancelsTheJobThatStillRuns) {
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    reached_.Enter();
    while (!ctx.stop_token().stop_requested()) absl::SleepFor(absl::Milliseconds(1));
    reached_.Leave();
    return absl::CancelledError("asked to stop");
  });
  const auto worker = Start();
  ASSERT_THAT(Put("often", EverySecond(Overlap::kCancelRunning)), IsOk());
  EXPECT_TRUE(Eventually([&] { return worker->stats().cancelled >= 2; }));
  EXPECT_EQ(reached_.most(), 1);
  ASSERT_THAT(schedules_->Pause("often"), IsOk());
  ASSERT_THAT(client_->Cancel(Get("often").last_job_id), IsOk());
}

TEST_F(SchedulesTest, AScheduleWhoseJobsFailPausesItselfAndSaysSo) {
  steps_.Set("FetchMovie",
             [&](ExecCtx&) { return DoNotRetry(absl::NotFoundError("no such film")); });
  const auto worker = Start();
  Schedule schedule = EverySecond();
  schedule.pause_after_failures = 2;
  ASSERT_THAT(Put("often", schedule), IsOk());
  ASSERT_TRUE(Eventually([&] { return Get("often").is_paused; }));
  EXPECT_THAT(Get("often").problem, HasSubstr("2 jobs have failed"));
  const int64_t runs = Get("often").runs;
  // Resumed it begins anew.
  steps_.Set("FetchMovie", [](ExecCtx&) { return absl::OkStatus(); });
  ASSERT_THAT(schedules_->Resume("often"), IsOk());
  EXPECT_TRUE(Eventually([&] { return Get("often").runs > runs; }));
  EXPECT_THAT(Get("often").problem, IsEmpty());
}

TEST_F(SchedulesTest, WhatSqlHasWrittenWronglyIsPausedAndExplained) {
  WorkerOptions options = Options();
  options.logger = &logger_;
  const auto worker = Start(options);
  ScheduleDefinition wrong;
  wrong.set_cron("61 * * * *");
  wrong.set_graph(kGraph);
  wrong.set_output_type("film.TagSet");
  ASSERT_THAT(store_->schedules()->PutSchedule("wrong", wrong, ""), IsOk());
  ASSERT_TRUE(Eventually([&] { return Get("wrong").is_paused; }));
  EXPECT_THAT(Get("wrong").problem, HasSubstr("61"));
  EXPECT_TRUE(Eventually([&] {
    for (const std::string& message : logger_.messages()) {
      if (message.find("schedule wrong is paused") != std::string::npos) return true;
    }
    return false;
  }));
}

TEST_F(SchedulesTest, TriggeringMakesAJobNow) {
  const auto worker = Start();
  ASSERT_THAT(Put("yearly", Yearly()), IsOk());
  const absl::StatusOr<JobId> job = schedules_->Trigger("yearly");
  ASSERT_THAT(job, IsOk());
  EXPECT_THAT(Wait(*job), IsOk());
  EXPECT_THAT(Firings("yearly"), SizeIs(1));
}

TEST_F(SchedulesTest, TriggeringAskesForNoOverlap) {
  ASSERT_THAT(Put("yearly", Yearly()), IsOk());
  const absl::StatusOr<JobId> job = schedules_->Trigger("yearly");
  ASSERT_THAT(job, IsOk());
  EXPECT_THAT(schedules_->Trigger("yearly"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(*job)));
  EXPECT_THAT(schedules_->Trigger("monthly"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SchedulesTest, ABackfillMakesTheJobsOfARangeAndIsGone) {
  std::mutex mutex;
  std::vector<absl::Time> times;
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    const std::lock_guard<std::mutex> lock(mutex);
    EXPECT_EQ(ctx.Value<ScheduleInfo>()->schedule, "daily");
    times.push_back(*ctx.ScheduledTime());
    return absl::OkStatus();
  });
  ASSERT_THAT(Put("daily", {.cron = "0 4 * * *"}), IsOk());
  const absl::Time from = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());
  const absl::StatusOr<std::string> backfill =
      schedules_->Backfill("daily", from, from + absl::Hours(24 * 10), 60'000);
  ASSERT_THAT(backfill, IsOk());
  EXPECT_THAT(schedules_->Backfill("daily", from, from + absl::Hours(24 * 10), 60'000),
              StatusIs(absl::StatusCode::kAlreadyExists));
  const auto worker = Start();
  ASSERT_TRUE(Eventually([&] { return worker->stats().succeeded == 10; }));
  EXPECT_THAT(schedules_->Get(*backfill), StatusIs(absl::StatusCode::kNotFound));
  const std::lock_guard<std::mutex> lock(mutex);
  std::sort(times.begin(), times.end());
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(times[i], from + absl::Hours(4) + absl::Hours(24) * static_cast<int>(i));
  }
}

TEST_F(SchedulesTest, WhatTheGraphCannotDoIsRefused) {
  EXPECT_THAT(schedules_->Put<film::TagSet>("wrong", kGraph, film::Poster(), Yearly()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("schedule wrong")));
  EXPECT_THAT(Put("wrong", {.cron = "* * * *"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("schedule wrong")));
}

TEST_F(SchedulesTest, ReconcilingMakesChangesAndNamesWhatIsLeft) {
  const auto define = [&](const std::string& cron) {
    absl::StatusOr<ScheduleDefinition> definition =
        Schedules::Define<film::TagSet>(kGraph, FilmId(1), {.cron = cron});
    EXPECT_THAT(definition, IsOk());
    return definition.ok() ? *definition : ScheduleDefinition();
  };
  ASSERT_THAT(Put("by hand", Yearly()), IsOk());
  const std::vector<NamedSchedule> first = {{.name = "a", .definition = define("0 1 1 1 *")},
                                            {.name = "b", .definition = define("0 2 1 1 *")}};
  absl::StatusOr<ReconcileReport> report = schedules_->Reconcile("program", first);
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->made, ElementsAre("a", "b"));
  EXPECT_THAT(report->changed, IsEmpty());
  EXPECT_THAT(report->not_named, IsEmpty());

  const int64_t revision = Get("a").revision;
  const std::vector<NamedSchedule> second = {{.name = "a", .definition = define("0 1 1 1 *")},
                                             {.name = "c", .definition = define("0 3 1 1 *")}};
  report = schedules_->Reconcile("program", second);
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->made, ElementsAre("c"));
  EXPECT_THAT(report->changed, IsEmpty());
  EXPECT_THAT(report->not_named, ElementsAre("b"));
  EXPECT_EQ(Get("a").revision, revision);

  const std::vector<NamedSchedule> third = {{.name = "a", .definition = define("0 5 1 1 *")}};
  report = schedules_->Reconcile("program", third);
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->changed, ElementsAre("a"));
  EXPECT_THAT(report->not_named, ElementsAre("b", "c"));
  EXPECT_EQ(Get("a").definition.cron(), "0 5 1 1 *");

  const std::vector<NamedSchedule> twice = {third[0], third[0]};
  EXPECT_THAT(schedules_->Reconcile("program", twice),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(SchedulesTest, AJobThatWaitsCanBeChanged) {
  SubmitOptions later = Once();
  later.delay = absl::Hours(1);
  const JobId job = Submit(1, later);
  ASSERT_THAT(client_->ReplaceInput(job, FilmId(2)), IsOk());
  ASSERT_THAT(client_->SetPriority(job, 7), IsOk());
  ASSERT_THAT(client_->Reschedule(job, absl::InfinitePast()), IsOk());
  EXPECT_EQ(Record(job).priority, 7);
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOkAndHolds(::protograph::testing::EqualsProto(TagsOf(2))));
  EXPECT_THAT(client_->Reschedule(job, absl::Now()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(client_->ReplaceInput(job, film::Poster()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SchedulesTest, ADelayIsKeptToWhereTheWorkerSleeps) {
  WorkerOptions options = Options();
  // So that only what is known to be due wakes it.
  options.poll_interval = absl::Hours(1);
  const auto worker = Start(options);
  ASSERT_THAT(Wait(Submit(1)), IsOk());
  SubmitOptions later = Once();
  later.delay = absl::Milliseconds(300);
  const absl::Time begin = absl::Now();
  ASSERT_THAT(Wait(Submit(2, later)), IsOk());
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(300));
}

}  // namespace
}  // namespace protograph::tests
