// Firing: the ticks of a schedule as it was read, once.

#include <atomic>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "schedule_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

TEST_P(ScheduleFiringContract, PlanningSaysWhenItIsLookedAtAgain) {
  ScheduleFiring planning = FiringOf(PutNew("nightly"), {});
  planning.next_tick = TimeOfTick(3);
  planning.due_at = Now() + kLong;
  planning.missed = 2;
  const FiringResult result = Fire(planning);
  EXPECT_TRUE(result.is_done);
  EXPECT_THAT(result.outcomes, IsEmpty());
  const ScheduleRecord planned = Schedule("nightly");
  EXPECT_TRUE(planned.is_planned);
  EXPECT_EQ(planned.next_tick, TimeOfTick(3));
  EXPECT_EQ(planned.last_tick, std::nullopt);
  EXPECT_EQ(planned.missed, 2);
  EXPECT_EQ(planned.runs, 0);
  EXPECT_NE(planned.revision, planning.revision);
  EXPECT_THAT(FindDue(), IsEmpty());
}

TEST_P(ScheduleFiringContract, AFiringMakesItsJobAndMovesTheScheduleOn) {
  ScheduleFiring firing = FiringOf(PutNew("nightly"), {NewTick(0)});
  firing.next_tick = TimeOfTick(1);
  firing.due_at = Now() + kMoment;
  JobSubmission& job = firing.ticks[0].job;
  job.inputs = "the inputs of tick 0";
  job.priority = 3;
  job.max_attempts = 4;
  job.backoff = absl::Seconds(3);
  job.longest_backoff = absl::Minutes(2);
  job.timeout = absl::Minutes(5);
  job.concurrency_key = "tenant 1";
  job.tags = {"nightly", "it's"};
  job.metadata = R"({"by": "me"})";
  EXPECT_THAT(Fire(firing).outcomes, ElementsAre(FiringOutcome::kFired));
  const ScheduleRecord after = Schedule("nightly");
  EXPECT_EQ(after.last_tick, TimeOfTick(0));
  EXPECT_EQ(after.next_tick, TimeOfTick(1));
  EXPECT_EQ(after.last_job_id, job.job_id);
  EXPECT_TRUE(after.is_last_job_live);
  EXPECT_EQ(after.runs, 1);
  EXPECT_EQ(after.missed, 0);
  EXPECT_EQ(after.overlapped, 0);
  EXPECT_THAT(Queue(), Counts({.queued = 1}));
  const JobRecord record = Get(job.job_id);
  EXPECT_EQ(record.priority, 3);
  EXPECT_THAT(record.tags, ElementsAre("nightly", "it's"));
  EXPECT_THAT(record.metadata, EqualsJson(job.metadata));
  EXPECT_EQ(record.concurrency_key, "tenant 1");
  const ClaimedJob claimed = ClaimThe(job.job_id);
  EXPECT_EQ(claimed.graph, job.graph);
  EXPECT_EQ(claimed.output_type, job.output_type);
  EXPECT_EQ(claimed.inputs, job.inputs);
  EXPECT_EQ(claimed.max_attempts, 4);
  EXPECT_EQ(claimed.backoff, job.backoff);
  EXPECT_EQ(claimed.longest_backoff, job.longest_backoff);
  EXPECT_EQ(claimed.timeout, job.timeout);
  LetAMomentPass();
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
  EXPECT_FALSE(Schedule("nightly").is_last_job_live);
}

TEST_P(ScheduleFiringContract, AJobIsDueWhenItSays) {
  PutNew("nightly");
  TickFiring tick = NewTick(0);
  tick.job.run_at = Now() + kLong;
  EXPECT_EQ(FireTick("nightly", tick), FiringOutcome::kFired);
  EXPECT_THAT(Get(tick.job.job_id).run_at, Optional(About(tick.job.run_at)));
  EXPECT_THAT(Queue(), Counts({.scheduled = 1}));
  EXPECT_TRUE(Schedule("nightly").is_last_job_live);
}

TEST_P(ScheduleFiringContract, WhereThereIsNoFurtherTickNoneIsNext) {
  PutNew("once");
  FireJob("once", 0);
  const ScheduleRecord schedule = Schedule("once");
  EXPECT_TRUE(schedule.is_planned);
  EXPECT_EQ(schedule.next_tick, std::nullopt);
  EXPECT_THAT(FindDue(), IsEmpty());
}

TEST_P(ScheduleFiringContract, WhoIsSecondDoesNothing) {
  const ScheduleRecord read = PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW));
  EXPECT_TRUE(Fire(FiringOf(read, {NewTick(0)})).is_done);
  const ScheduleRecord after = Schedule("nightly");
  const FiringResult second = Fire(FiringOf(read, NewTicks(0, 2)));
  EXPECT_FALSE(second.is_done);
  EXPECT_THAT(second.outcomes, IsEmpty());
  EXPECT_THAT(Schedule("nightly"), IsUnchangedFrom(after));
  EXPECT_THAT(Queue(), Counts({.queued = 1}));
  EXPECT_THAT(Firings("nightly"), SizeIs(1));
}

TEST_P(ScheduleFiringContract, OfManyThatFireOneDoes) {
  constexpr int kRounds = 10;
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW));
  std::atomic<int> done{0};
  for (int round = 0; round < kRounds; ++round) {
    const ScheduleRecord read = Schedule("nightly");
    std::atomic<int> done_now{0};
    InThreads([&](int) {
      const FiringResult result = Fire(FiringOf(read, {NewTick(round)}));
      if (result.is_done) {
        ++done_now;
        EXPECT_THAT(result.outcomes, ElementsAre(FiringOutcome::kFired));
      }
    });
    EXPECT_EQ(done_now, 1);
    done += done_now;
  }
  EXPECT_EQ(done, kRounds);
  EXPECT_EQ(Schedule("nightly").runs, kRounds);
  EXPECT_THAT(Queue(), Counts({.queued = kRounds}));
  EXPECT_THAT(Firings("nightly"), SizeIs(kRounds));
}

TEST_P(ScheduleFiringContract, EachTickIsFiredOnceByMany) {
  constexpr int kTicks = 40;
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW));
  InThreads([&](int) {
    // Fires the tick after the last, whatever others do.
    for (int turn = 0; turn < 100 * kTicks; ++turn) {
      const ScheduleRecord read = Schedule("nightly");
      if (read.runs >= kTicks) return;
      Fire(FiringOf(read, {NewTick(static_cast<int>(read.runs))}));
    }
    ADD_FAILURE() << "nothing moves on";
  });
  const std::vector<FiringRecord> firings = Firings("nightly");
  ASSERT_THAT(firings, SizeIs(kTicks));
  for (int i = 0; i < kTicks; ++i) {
    EXPECT_EQ(firings[static_cast<size_t>(i)].tick, TimeOfTick(kTicks - 1 - i));
    EXPECT_EQ(firings[static_cast<size_t>(i)].outcome, FiringOutcome::kFired);
  }
  EXPECT_THAT(Queue(), Counts({.queued = kTicks}));
}

TEST_P(ScheduleFiringContract, SeveralAtOnce) {
  const ScheduleDefinition allow = NewDefinition(ScheduleDefinition::OVERLAP_ALLOW);
  const std::vector<ScheduleFiring> firings = {
      FiringOf(PutNew("one", allow), NewTicks(0, 2)),
      {.name = "unknown", .revision = 1, .ticks = NewTicks(0, 3)},
      FiringOf(PutNew("two", allow), {}),
      FiringOf(PutNew("three", allow), {NewTick(5), NewTick(6, "films")})};
  const std::vector<FiringResult> results =
      Patiently([&] { return schedules().FireSchedules(owner(), firings); });
  ASSERT_THAT(results, SizeIs(4));
  EXPECT_THAT(results[0].outcomes, ElementsAre(FiringOutcome::kFired, FiringOutcome::kFired));
  EXPECT_FALSE(results[1].is_done);
  EXPECT_THAT(results[1].outcomes, IsEmpty());
  EXPECT_TRUE(results[2].is_done);
  EXPECT_THAT(results[2].outcomes, IsEmpty());
  EXPECT_THAT(results[3].outcomes, ElementsAre(FiringOutcome::kFired, FiringOutcome::kFired));
  EXPECT_EQ(Schedule("one").last_tick, TimeOfTick(1));
  EXPECT_EQ(Schedule("one").runs, 2);
  EXPECT_EQ(Schedule("two").last_tick, std::nullopt);
  EXPECT_EQ(Schedule("three").last_tick, TimeOfTick(6));
  EXPECT_EQ(Schedule("three").last_job_id, firings[3].ticks[1].job.job_id);
  EXPECT_THAT(Queue(), Counts({.queued = 3}));
  EXPECT_THAT(Queue("films"), Counts({.queued = 1}));
  EXPECT_EQ(Get(firings[3].ticks[1].job.job_id).queue, "films");
  EXPECT_THAT(schedules().FireSchedules(owner(), {}), IsOk());
}

TEST_P(ScheduleFiringContract, APausedOneIsNotFired) {
  PutNew("nightly");
  ASSERT_THAT(schedules().PauseSchedule("nightly"), IsOk());
  const ScheduleRecord paused = Schedule("nightly");
  EXPECT_FALSE(Fire(FiringOf(paused, {NewTick(0)})).is_done);
  EXPECT_THAT(Schedule("nightly"), IsUnchangedFrom(paused));
  EXPECT_THAT(Firings("nightly"), IsEmpty());
}

TEST_P(ScheduleFiringContract, OneThatIsOverIsRemovedWithItsLastTick) {
  ScheduleFiring last = FiringOf(PutNew("backfill"), {NewTick(0)});
  last.is_over = true;
  EXPECT_THAT(Fire(last).outcomes, ElementsAre(FiringOutcome::kFired));
  EXPECT_THAT(schedules().GetSchedule("backfill"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_THAT(Finish({Fail(ClaimThe(last.ticks[0].job.job_id))}), IsEmpty());
  EXPECT_THAT(FindDue(), IsEmpty());
}

TEST_P(ScheduleFiringContract, AProblemPausesUntilTheDefinitionIsChanged) {
  ScheduleFiring planning = FiringOf(PutNew("nightly"), {});
  planning.problem = "there are no 13 months";
  EXPECT_TRUE(Fire(planning).is_done);
  const ScheduleRecord paused = Schedule("nightly");
  EXPECT_TRUE(paused.is_paused);
  EXPECT_EQ(paused.problem, "there are no 13 months");
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_FALSE(Put("nightly", NewDefinition()));
  EXPECT_THAT(Schedule("nightly"), IsUnchangedFrom(paused));
  EXPECT_FALSE(Put("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW)));
  EXPECT_FALSE(Schedule("nightly").is_paused);
  EXPECT_EQ(Schedule("nightly").problem, "");
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
}

TEST_P(ScheduleFiringContract, ADrainingQueueTakesNoJobs) {
  PutNew("nightly");
  Configure({.mode = QueueMode::kDraining});
  EXPECT_EQ(FireTick("nightly", 0), FiringOutcome::kRefused);
  const ScheduleRecord schedule = Schedule("nightly");
  EXPECT_EQ(schedule.runs, 0);
  EXPECT_EQ(schedule.overlapped, 0);
  EXPECT_EQ(schedule.last_tick, TimeOfTick(0));
  EXPECT_EQ(schedule.last_job_id, "");
  EXPECT_THAT(Queue(), Counts({}));
  EXPECT_THAT(Firings("nightly"),
              ElementsAre(AllOf(Field(&FiringRecord::outcome, FiringOutcome::kRefused),
                                Field(&FiringRecord::job_id, ""))));
  Configure({});
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kFired);
  // What runs is not cancelled for a tick that makes no job.
  PutNew("hourly", NewDefinition(ScheduleDefinition::OVERLAP_CANCEL_RUNNING));
  const std::string job = FireJob("hourly", 0);
  Configure({.mode = QueueMode::kDraining});
  EXPECT_EQ(FireTick("hourly", 1), FiringOutcome::kRefused);
  EXPECT_EQ(StateOf(job), JobState::kQueued);
}

TEST_P(ScheduleFiringContract, FiringsAreListedTheLastFirst) {
  PutNew("nightly");
  PutNew("other");
  FireJob("other", 7);
  const std::string job = FireJob("nightly", 0);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kOverlapped);
  EXPECT_THAT(Finish({Succeed(ClaimOne()), Succeed(ClaimOne())}), IsEmpty());
  // By a client.
  const TickFiring tick = NewTick(2);
  const std::vector<ScheduleFiring> by_client = {FiringOf(Schedule("nightly"), {tick})};
  EXPECT_THAT(schedules().FireSchedules("", by_client), IsOk());
  const auto is_firing = [this](int number, FiringOutcome outcome, const std::string& job_id,
                                const std::string& owner_id) {
    return AllOf(Field("schedule", &FiringRecord::schedule, "nightly"),
                 Field("tick", &FiringRecord::tick, TimeOfTick(number)),
                 Field("outcome", &FiringRecord::outcome, outcome),
                 Field("job_id", &FiringRecord::job_id, job_id),
                 Field("fired_at", &FiringRecord::fired_at, About(Now())),
                 Field("owner_id", &FiringRecord::owner_id, owner_id));
  };
  const auto third = is_firing(2, FiringOutcome::kFired, tick.job.job_id, "");
  const auto second = is_firing(1, FiringOutcome::kOverlapped, "", owner());
  EXPECT_THAT(Firings("nightly"),
              ElementsAre(third, second, is_firing(0, FiringOutcome::kFired, job, owner())));
  EXPECT_THAT(Firings("nightly", 2), ElementsAre(third, second));
  EXPECT_THAT(Firings("nightly", 0), IsEmpty());
}

TEST_P(ScheduleFiringContract, FiringsAreKeptAsLongAsSucceededJobs) {
  PutNew("nightly");
  FireJob("nightly", 0);
  Maintain(KeepFinished());
  EXPECT_THAT(Firings("nightly"), SizeIs(1));
  LetAMomentPass();
  Maintain({.keep_succeeded = kMoment, .keep_failed = kLong});
  EXPECT_THAT(Firings("nightly"), IsEmpty());
  EXPECT_EQ(Schedule("nightly").runs, 1);
}

TEST_P(ScheduleFiringContract, WhereAJobCannotBeSubmittedNothingIsDone) {
  const ScheduleRecord one = PutNew("one");
  const ScheduleRecord two = PutNew("two");
  const auto expect_refused = [&](const TickFiring& tick) {
    const std::vector<ScheduleFiring> firings = {FiringOf(one, {NewTick(0)}),
                                                 FiringOf(two, {tick})};
    EXPECT_THAT(schedules().FireSchedules(owner(), firings),
                StatusIs(absl::StatusCode::kInvalidArgument));
  };
  TickFiring tick = NewTick(0);
  tick.job.priority = kMostPriority + 1;
  expect_refused(tick);
  tick = NewTick(0);
  tick.job.unique_key = "603";
  expect_refused(tick);
  tick = NewTick(0);
  tick.tick = absl::InfiniteFuture();
  expect_refused(tick);
  EXPECT_THAT(Schedule("one"), IsUnchangedFrom(one));
  EXPECT_THAT(Schedule("two"), IsUnchangedFrom(two));
  EXPECT_THAT(List(), IsEmpty());
}

TEST_P(ScheduleFiringContract, OutcomesHaveNames) {
  EXPECT_EQ(ToString(FiringOutcome::kFired), "fired");
  EXPECT_EQ(ToString(FiringOutcome::kOverlapped), "overlapped");
  EXPECT_EQ(ToString(FiringOutcome::kPending), "pending");
  EXPECT_EQ(ToString(FiringOutcome::kRefused), "refused");
}

}  // namespace
}  // namespace protograph
