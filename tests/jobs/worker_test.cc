// What a worker makes of jobs.

#include <atomic>
#include <map>
#include <optional>
#include <set>

#include "absl/time/clock.h"
#include "google/protobuf/descriptor.pb.h"
#include "jobs/job_runner.h"
#include "protograph/description.pb.h"
#include "protograph/errors.h"
#include "protograph/testing/fake_clock.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::google::protobuf::FileDescriptorSet;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

// ---- What becomes of a job ----

TEST_F(WorkerTest, WhoWaitsForAJobHasItsResult) {
  const JobId job = Submit(603);
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(Record(job).state, JobState::kSucceeded);
  EXPECT_TRUE(Eventually([&] { return worker->stats().succeeded == 1; }));
}

TEST_F(WorkerTest, JobsThatComeLaterAreDoneToo) {
  const auto worker = Start();
  for (int film = 0; film < 20; ++film) {
    EXPECT_THAT(Wait(Submit(film)), IsOkAndHolds(EqualsProto(TagsOf(film))));
  }
}

TEST_F(WorkerTest, ManyJobsAreEachDoneOnce) {
  constexpr int kJobs = 2000;
  const std::vector<JobId> jobs = SubmitMany(kJobs);
  const auto one = Start();
  const std::unique_ptr<Engine> other_engine = StartEngine();
  const auto other = Start(*other_engine);
  for (int film = 0; film < kJobs; ++film) {
    ASSERT_THAT(Wait(jobs[film]), IsOkAndHolds(EqualsProto(TagsOf(film))));
  }
  EXPECT_EQ(steps_.Runs("Tag"), kJobs);
}

TEST_F(WorkerTest, StepsFindTheirJobAndTheWorkersValues) {
  struct Machine {
    std::string name;
  };
  std::optional<JobInfo> seen;
  std::string machine;
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    seen = *ctx.Value<JobInfo>();
    machine = ctx.Value<Machine>()->name;
    return absl::OkStatus();
  });
  SubmitOptions options = Times(7);
  options.queue = "cinema";
  const JobId job = Submit(1, options);
  WorkerOptions of_worker = Options();
  of_worker.queues = {{.name = "cinema"}};
  of_worker.values = ContextValues().With(Machine{"a1"});
  const auto worker = Start(of_worker);
  ASSERT_THAT(Wait(job), IsOk());
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->job_id, job);
  EXPECT_EQ(seen->queue, "cinema");
  EXPECT_EQ(seen->attempt, 1);
  EXPECT_EQ(seen->max_attempts, 7);
  EXPECT_EQ(machine, "a1");
}

// ---- Attempts ----

TEST_F(WorkerTest, AJobThatFailsIsTriedAgainFromWhereItWas) {
  std::vector<int> attempts;
  steps_.Set("Tag", [&](ExecCtx& ctx) {
    attempts.push_back(ctx.Value<JobInfo>()->attempt);
    return attempts.size() < 3 ? absl::InternalError("not yet") : absl::OkStatus();
  });
  const JobId job = Submit(5, Times(3));
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(5))));
  EXPECT_THAT(attempts, ElementsAre(1, 2, 3));
  for (const char* step : {"FetchMovie", "FetchDirector", "Analyze", "Classify"}) {
    EXPECT_EQ(steps_.Runs(step), 1) << step;
  }
  EXPECT_TRUE(Eventually([&] { return worker->stats().succeeded == 1; }));
  EXPECT_EQ(worker->stats().retried, 2);
  EXPECT_EQ(worker->stats().failed, 0);
}

TEST_F(WorkerTest, AnotherProcessGoesOnFromWhereAnAttemptWas) {
  steps_.Fail("Tag");
  SubmitOptions options = Times(2);
  options.retry.backoff = options.retry.longest_backoff = absl::Hours(1);
  const JobId job = Submit(5, options);
  ASSERT_THAT(Start()->Stop(), IsOk());
  auto first = Start();
  ASSERT_TRUE(EventuallyIs(job, JobState::kScheduled));
  ASSERT_THAT(first->Stop(), IsOk());
  engine_.reset();

  steps_.Heal("Tag");
  ASSERT_THAT(client_->Retry(job), IsOk());
  engine_ = StartEngine();
  const auto second = Start();
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(5))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
  EXPECT_EQ(steps_.Runs("Classify"), 1);
  EXPECT_EQ(steps_.Runs("Tag"), 2);
}

TEST_F(WorkerTest, AJobWhoseAttemptsAreSpentSaysWhichStepFailedAndHow) {
  steps_.Set("Analyze", [](ExecCtx&) { return absl::DataLossError("the reel is torn"); });
  const JobId job = Submit(5, Times(3));
  const auto worker = Start();
  const absl::StatusOr<film::TagSet> result = Wait(job);
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kDataLoss,
                               AllOf(HasSubstr(job), HasSubstr("3 attempts"),
                                     HasSubstr("film.TagSet"), HasSubstr("the reel is torn"))));
  const std::optional<JobFailure> failure = GetJobFailure(result.status());
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->job_id(), job);
  EXPECT_EQ(failure->state(), "failed");
  EXPECT_EQ(failure->step(), "Analyze");
  EXPECT_EQ(failure->code(), static_cast<int>(absl::StatusCode::kDataLoss));
  EXPECT_THAT(failure->message(), HasSubstr("the reel is torn"));
  EXPECT_EQ(failure->attempts(), 3);
  EXPECT_EQ(steps_.Runs("Analyze"), 3);
  EXPECT_TRUE(Eventually([&] { return worker->stats().failed == 1; }));
}

TEST_F(WorkerTest, AThrowInAStepIsAnAttemptThatFailed) {
  steps_.Set("FetchMovie", [](ExecCtx&) -> absl::Status { throw std::runtime_error("boom"); });
  const JobId job = Submit(5);
  const auto worker = Start();
  EXPECT_THAT(GetJobFailure(Wait(job).status())->message(), HasSubstr("boom"));
}

TEST_F(WorkerTest, BetweenAttemptsTheJobWaitsAndSaysWhy) {
  steps_.Fail("Classify");
  SubmitOptions options = Times(2);
  options.retry.backoff = options.retry.longest_backoff = absl::Hours(1);
  const JobId job = Submit(5, options);
  const auto worker = Start();
  ASSERT_TRUE(EventuallyIs(job, JobState::kScheduled));
  const JobRecord record = Record(job);
  EXPECT_EQ(record.attempt, 1);
  EXPECT_EQ(record.failed_step, "Classify");
  EXPECT_EQ(record.error_code, static_cast<int>(absl::StatusCode::kInternal));
  EXPECT_THAT(record.error, HasSubstr("it is broken"));
  ASSERT_TRUE(record.run_at.has_value());
  EXPECT_LE(*record.run_at, absl::Now() + absl::Hours(1));
}

TEST(WaitAfter, IsARandomPartOfADoublingWaitUpToTheLongest) {
  ClaimedJob job;
  job.backoff = absl::Seconds(10);
  job.longest_backoff = absl::Minutes(5);
  RandomSource& random = RandomSource::System();
  for (const auto& [attempt, most] : std::map<int, absl::Duration>{{1, absl::Seconds(10)},
                                                                   {2, absl::Seconds(20)},
                                                                   {5, absl::Seconds(160)},
                                                                   {6, absl::Minutes(5)},
                                                                   {1000, absl::Minutes(5)}}) {
    job.attempt = attempt;
    absl::Duration longest;
    absl::Duration shortest = absl::InfiniteDuration();
    for (int i = 0; i < 1000; ++i) {
      const absl::Duration wait = internal::WaitAfter(job, random);
      longest = std::max(longest, wait);
      shortest = std::min(shortest, wait);
    }
    EXPECT_LE(longest, most) << attempt;
    EXPECT_GT(longest, 0.9 * most) << attempt;
    EXPECT_LT(shortest, 0.1 * most) << attempt;
    EXPECT_GE(shortest, absl::ZeroDuration()) << attempt;
  }
  job.backoff = absl::ZeroDuration();
  EXPECT_EQ(internal::WaitAfter(job, random), absl::ZeroDuration());
}

TEST_F(WorkerTest, AnErrorThatIsFinalIsNotTriedAgain) {
  steps_.Set("FetchMovie",
             [](ExecCtx&) { return DoNotRetry(absl::UnavailableError("there is no such film")); });
  const JobId job = Submit(5, Times(10));
  const auto worker = Start();
  const absl::StatusOr<film::TagSet> result = Wait(job);
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(GetJobFailure(result.status())->attempts(), 1);
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
}

TEST_F(WorkerTest, AFailedJobThatIsRetriedGoesOnFromWhereItWas) {
  steps_.Fail("Tag");
  const JobId job = Submit(5);
  const auto worker = Start();
  EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kInternal));
  steps_.Heal("Tag");
  ASSERT_THAT(client_->Retry(job), IsOk());
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(5))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
}

// ---- What cannot be run ----

TEST_F(WorkerTest, AJobOfAGraphThatTheWorkerDoesNotHaveIsPutOffWithoutAnAttempt) {
  absl::StatusOr<JobId> job = client_->Submit<film::TagSet>("books", FilmId(1), Once());
  ASSERT_THAT(job, IsOk());
  const auto worker = Start();
  ASSERT_TRUE(EventuallyIs(*job, JobState::kScheduled));
  const JobRecord record = Record(*job);
  EXPECT_EQ(record.attempt, 0);
  EXPECT_THAT(record.error, AllOf(HasSubstr("books"), HasSubstr("default")));
  EXPECT_GT(*record.run_at, absl::Now());
  ASSERT_THAT(worker->Stop(), IsOk());
}

TEST_F(WorkerTest, InputsMayBeJson) {
  JobInputs inputs;
  JobInput& input = *inputs.add_inputs();
  input.set_type("film.MovieId");
  input.set_json(R"({"id": "603"})");
  absl::StatusOr<JobId> job = client_->SubmitInputs(kGraph, "film.TagSet", inputs, Once());
  ASSERT_THAT(job, IsOk());
  const auto worker = Start();
  EXPECT_THAT(Wait(*job), IsOkAndHolds(EqualsProto(TagsOf(603))));
}

class BadInputTest : public WorkerTest {
 protected:
  // Whether it fails at once, without a step, and what is said.
  std::string FailureOf(const std::string& output_type, const JobInputs& inputs) {
    const absl::StatusOr<JobId> job = client_->SubmitInputs(kGraph, output_type, inputs, Times(5));
    EXPECT_THAT(job, IsOk());
    if (!job.ok()) return "";
    const auto worker = Start();
    const absl::Status status = client_->WaitForJob(*job, kLongWait).status();
    EXPECT_THAT(status, IsOk());
    const JobRecord record = Record(*job);
    EXPECT_EQ(record.state, JobState::kFailed);
    EXPECT_EQ(record.attempt, 1);
    EXPECT_EQ(record.failed_step, "");
    EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
    return record.error;
  }
  static JobInputs InputsOf(const std::string& type, const std::string& bytes) {
    JobInputs inputs;
    inputs.add_inputs()->set_type(type);
    inputs.mutable_inputs(0)->set_message(bytes);
    return inputs;
  }
};

TEST_F(BadInputTest, JsonThatIsNoneOfTheMessage) {
  JobInputs inputs;
  inputs.add_inputs()->set_type("film.MovieId");
  inputs.mutable_inputs(0)->set_json(R"({"title": "The Matrix"})");
  EXPECT_THAT(FailureOf("film.TagSet", inputs),
              AllOf(HasSubstr("film.MovieId"), HasSubstr("JSON"), HasSubstr("title")));
}

TEST_F(BadInputTest, BytesThatAreNoneOfTheMessage) {
  EXPECT_THAT(FailureOf("film.TagSet", InputsOf("film.MovieId", "\xff\xff")),
              AllOf(HasSubstr("film.MovieId"), HasSubstr("damaged")));
}

TEST_F(BadInputTest, AnOutputThatTheGraphDoesNotMake) {
  EXPECT_THAT(FailureOf("film.Poster", InputsOf("film.MovieId", FilmId(1).SerializeAsString())),
              AllOf(HasSubstr("films"), HasSubstr("film.Poster")));
}

TEST_F(BadInputTest, NoInputs) { EXPECT_THAT(FailureOf("film.TagSet", {}), HasSubstr("MovieId")); }

TEST_F(BadInputTest, InputsTwice) {
  JobInputs inputs = InputsOf("film.MovieId", FilmId(1).SerializeAsString());
  *inputs.add_inputs() = inputs.inputs(0);
  EXPECT_THAT(FailureOf("film.TagSet", inputs), HasSubstr("MovieId twice"));
}

TEST_F(WorkerTest, AResultThatIsTooLargeFailsTheJob) {
  absl::StatusOr<Graph> graph =
      GraphBuilder("large")
          .Input<film::MovieId>()
          .Add(
              [](ExecCtx&, const film::MovieId&) -> absl::StatusOr<film::TagSet> {
                film::TagSet tags;
                tags.add_trail(std::string(kLargestPayload, 'x'));
                return tags;
              },
              {.name = "Grow", .durability = Durability::kNone})
          .Build();
  ASSERT_THAT(graph, IsOk());
  const absl::StatusOr<JobId> job = client_->Submit<film::TagSet>("large", FilmId(1), Times(5));
  ASSERT_THAT(job, IsOk());
  RunningWorker worker(*engine_, {*graph}, Options());
  EXPECT_THAT(Wait(*job), StatusIs(absl::StatusCode::kResourceExhausted,
                                   AllOf(HasSubstr("film.TagSet"), HasSubstr("at most"))));
  EXPECT_EQ(Record(*job).attempt, 1);
}

// ---- Time ----

TEST_F(WorkerTest, AJobsTimeoutIsItsDeadline) {
  absl::Time deadline;
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    deadline = ctx.deadline();
    return ctx.SleepFor(absl::InfiniteDuration());
  });
  SubmitOptions options = Once();
  options.timeout = absl::Milliseconds(50);
  const absl::Time before = absl::Now();
  const JobId job = Submit(1, options);
  const auto worker = Start();
  const absl::StatusOr<film::TagSet> result = Wait(job);
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(GetJobFailure(result.status())->step(), "FetchMovie");
  EXPECT_GE(deadline, before + options.timeout);
  EXPECT_LE(deadline, absl::Now());
}

TEST_F(WorkerTest, WithoutATimeoutThereIsNoDeadline) {
  absl::Time deadline;
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    deadline = ctx.deadline();
    return absl::OkStatus();
  });
  SubmitOptions options = Once();
  options.timeout = absl::InfiniteDuration();
  const JobId job = Submit(1, options);
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOk());
  EXPECT_EQ(deadline, absl::InfiniteFuture());
}

TEST_F(WorkerTest, DeadlinesAreByTheClockThatItsContextsHave) {
  testing::FakeClock clock;
  absl::Time deadline;
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    deadline = ctx.deadline();
    return absl::OkStatus();
  });
  SubmitOptions options = Once();
  options.timeout = absl::Minutes(5);
  const JobId job = Submit(1, options);
  WorkerOptions of_worker = Options();
  of_worker.clock = &clock;
  const auto worker = Start(of_worker);
  EXPECT_THAT(Wait(job), IsOk());
  EXPECT_EQ(deadline, clock.Now() + absl::Minutes(5));
}

TEST_F(WorkerTest, AScheduledJobIsDoneOnceItIsDue) {
  SubmitOptions options = Once();
  options.delay = absl::Milliseconds(30);
  const JobId job = Submit(1, options);
  const auto worker = Start();
  ASSERT_THAT(Wait(job), IsOk());
  const JobRecord record = Record(job);
  EXPECT_GE(*record.started_at, record.submitted_at + options.delay);
}

// ---- Cancelling ----

TEST_F(WorkerTest, AJobThatRunsIsAskedToStop) {
  steps_.Set("Analyze", [&](ExecCtx& ctx) {
    reached_.Enter();
    return ctx.SleepFor(absl::InfiniteDuration());
  });
  const JobId job = Submit(1, Times(5));
  const auto worker = Start();
  reached_.WaitForMost(1);
  EXPECT_THAT(client_->Cancel(job), IsOkAndHolds(JobState::kRunning));
  const absl::StatusOr<film::TagSet> result = Wait(job);
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kCancelled, HasSubstr("was cancelled")));
  const std::optional<JobFailure> failure = GetJobFailure(result.status());
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->state(), "cancelled");
  EXPECT_EQ(failure->step(), "Analyze");
  EXPECT_TRUE(Eventually([&] { return worker->stats().cancelled == 1; }));
}

TEST_F(WorkerTest, WhatIsDoneIsDoneAlsoWhereItWasCancelledMeanwhile) {
  BlockIn("Tag");
  const JobId job = Submit(1);
  const auto worker = Start();
  reached_.WaitForMost(1);
  EXPECT_THAT(client_->Cancel(job), IsOkAndHolds(JobState::kRunning));
  released_.Open();
  const absl::StatusOr<JobContents> contents = client_->WaitForJob(job, kLongWait);
  ASSERT_THAT(contents, IsOk());
  // The last step may have ended before it heard of it, or not.
  EXPECT_NE(contents->record.state, JobState::kFailed);
}

TEST_F(WorkerTest, AJobThatWaitsInTheStoreIsCancelledAtOnce) {
  const JobId job = Submit(1);
  EXPECT_THAT(client_->Cancel(job), IsOkAndHolds(JobState::kCancelled));
  const auto worker = Start();
  EXPECT_THAT(Wait(Submit(2)), IsOk());
  EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
}

TEST_F(WorkerTest, AJobThatWasFetchedAndWaitsForAThreadIsCancelledAtOnce) {
  BlockIn("FetchMovie");
  const std::vector<JobId> jobs = SubmitMany(2);
  WorkerOptions options = Options();
  options.threads = 1;
  options.prefetch = 1;
  const auto worker = Start(options);
  reached_.WaitForMost(1);
  ASSERT_TRUE(Eventually([&] { return worker->stats().waiting == 1; }));
  EXPECT_THAT(client_->Cancel(jobs[1]), IsOkAndHolds(JobState::kRunning));
  EXPECT_THAT(Wait(jobs[1]),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("before it was run")));
  released_.Open();
  EXPECT_THAT(Wait(jobs[0]), IsOk());
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
}

// ---- How many at once ----

TEST_F(WorkerTest, AllThreadsOfAWorkerThatWasIdleBeginAtOnce) {
  constexpr int kThreads = 8;
  Counter inside;
  steps_.Set("FetchMovie", [&](ExecCtx&) {
    inside.Enter();
    inside.WaitForMost(kThreads);
    inside.Leave();
    return absl::OkStatus();
  });
  WorkerOptions options = Options();
  options.threads = kThreads;
  const auto worker = Start(options);
  ASSERT_TRUE(Eventually([&] { return !store_->jobs()->Workers()->empty(); }));
  for (const JobId& job : SubmitMany(kThreads)) EXPECT_THAT(Wait(job), IsOk());
  EXPECT_EQ(inside.most(), kThreads);
}

TEST_F(WorkerTest, TwoWorkersKeepAQueuesLimitTogetherAndUseAllOfIt) {
  constexpr int kLimit = 3;
  ASSERT_THAT(client_->Configure("default", {.concurrency_limit = kLimit}), IsOk());
  Counter inside;
  steps_.Set("Analyze", [&](ExecCtx&) {
    inside.Enter();
    // All that may run at once do.
    inside.WaitForMost(kLimit);
    inside.Leave();
    return absl::OkStatus();
  });
  WorkerOptions options = Options();
  options.threads = 4;
  const auto one = Start(options);
  const std::unique_ptr<Engine> other_engine = StartEngine();
  const auto other = Start(*other_engine, options);
  for (const JobId& job : SubmitMany(200)) ASSERT_THAT(Wait(job), IsOk());
  EXPECT_EQ(inside.most(), kLimit);
}

TEST_F(WorkerTest, ALimitIsKeptFromTheFirstJobOn) {
  ASSERT_THAT(client_->Configure("default", {.concurrency_limit = 1}), IsOk());
  Counter inside;
  steps_.Set("Analyze", [&](ExecCtx&) {
    inside.Enter();
    std::this_thread::yield();
    inside.Leave();
    return absl::OkStatus();
  });
  const std::vector<JobId> jobs = SubmitMany(100);
  WorkerOptions options = Options();
  options.threads = 8;
  const auto worker = Start(options);
  for (const JobId& job : jobs) ASSERT_THAT(Wait(job), IsOk());
  EXPECT_EQ(inside.most(), 1);
}

TEST_F(WorkerTest, ALimitedQueueIsNotInTheWayOfOthers) {
  ASSERT_THAT(client_->Configure("narrow", {.concurrency_limit = 1}), IsOk());
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    if (ctx.Value<JobInfo>()->queue == "narrow") released_.Wait();
    return absl::OkStatus();
  });
  SubmitOptions narrow = Once();
  narrow.queue = "narrow";
  const std::vector<JobId> held = SubmitMany(50, narrow);
  WorkerOptions options = Options();
  options.threads = 2;
  options.queues = {{.name = "narrow", .weight = 10}, {.name = "wide"}};
  const auto worker = Start(options);
  SubmitOptions wide = Once();
  wide.queue = "wide";
  for (const JobId& job : SubmitMany(100, wide)) ASSERT_THAT(Wait(job), IsOk());
  released_.Open();
  for (const JobId& job : held) ASSERT_THAT(Wait(job), IsOk());
}

TEST_F(WorkerTest, OfOneKeyNoMoreThanItsLimitRunAtOnce) {
  ASSERT_THAT(client_->Configure("default", {.key_limit = 2}), IsOk());
  std::map<std::string, Counter> inside;
  for (const char* key : {"a", "b", "c"}) inside[key];
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    const std::string key = Record(ctx.Value<JobInfo>()->job_id).concurrency_key;
    Counter& counter = inside.at(key);
    counter.Enter();
    counter.WaitForMost(2);
    counter.Leave();
    return absl::OkStatus();
  });
  std::vector<JobId> jobs;
  for (int film = 0; film < 60; ++film) {
    SubmitOptions options = Once();
    options.concurrency_key = std::string(1, static_cast<char>('a' + film % 3));
    jobs.push_back(Submit(film, options));
  }
  WorkerOptions options = Options();
  options.threads = 8;
  const auto worker = Start(options);
  for (const JobId& job : jobs) ASSERT_THAT(Wait(job), IsOk());
  for (const auto& [key, counter] : inside) EXPECT_EQ(counter.most(), 2) << key;
}

// ---- Prefetched jobs ----

TEST_F(WorkerTest, WhatWaitsTooLongForAThreadIsGivenBackToOthers) {
  BlockIn("FetchMovie");
  const std::vector<JobId> jobs = SubmitMany(2);
  WorkerOptions options = Options();
  options.threads = 1;
  options.prefetch = 1;
  options.longest_prefetch = absl::Milliseconds(50);
  const auto busy = Start(options);
  reached_.WaitForMost(1);
  ASSERT_TRUE(Eventually([&] { return busy->stats().given_back > 0; }));
  // It may take the job again and again, but not for long.
  steps_.Heal("FetchMovie");
  const std::unique_ptr<Engine> other_engine = StartEngine();
  const auto idle = Start(*other_engine);
  EXPECT_THAT(Wait(jobs[1]), IsOk());
  EXPECT_EQ(Record(jobs[1]).attempt, 1);
  EXPECT_EQ(busy->stats().running, 1);
  released_.Open();
  EXPECT_THAT(Wait(jobs[0]), IsOk());
}

TEST_F(WorkerTest, NoMoreJobsAreFetchedThanItWasTold) {
  BlockIn("FetchMovie");
  const std::vector<JobId> jobs = SubmitMany(50);
  WorkerOptions options = Options();
  options.threads = 2;
  options.prefetch = 3;
  const auto worker = Start(options);
  reached_.WaitForMost(2);
  ASSERT_TRUE(Eventually([&] { return worker->stats().waiting == 3; }));
  EXPECT_EQ(client_->Queues()->front().running, 5);
  released_.Open();
  for (const JobId& job : jobs) ASSERT_THAT(Wait(job), IsOk());
}

// ---- Stuck steps ----

TEST_F(WorkerTest, AStepThatIgnoresItsDeadlineIsReportedAndItsThreadReplaced) {
  BlockIn("Analyze");
  SubmitOptions options = Once();
  options.timeout = absl::Milliseconds(10);
  const JobId stuck = Submit(1, options);
  WorkerOptions of_worker = Options();
  of_worker.threads = 1;
  of_worker.stuck_after = absl::Milliseconds(50);
  of_worker.logger = &logger_;
  const auto worker = Start(of_worker);
  reached_.WaitForMost(1);
  ASSERT_TRUE(Eventually([&] { return worker->stats().stuck == 1; }));
  EXPECT_THAT(logger_.messages(), Contains(AllOf(HasSubstr(stuck), HasSubstr("Analyze"))));

  steps_.Heal("Analyze");
  for (int film = 2; film < 10; ++film) EXPECT_THAT(Wait(Submit(film)), IsOk());
  EXPECT_EQ(Record(stuck).state, JobState::kRunning);
  EXPECT_EQ(worker->stats().stuck, 1);

  // It is told what it has come to, whenever that is.
  released_.Open();
  EXPECT_THAT(Wait(stuck), StatusIs(absl::StatusCode::kDeadlineExceeded));
  for (int film = 2; film < 10; ++film) EXPECT_THAT(Wait(Submit(film)), IsOk());
}

TEST_F(WorkerTest, AStepThatIgnoresItsCancellationIsReportedToo) {
  BlockIn("Analyze");
  const JobId stuck = Submit(1);
  WorkerOptions options = Options();
  options.threads = 1;
  options.stuck_after = absl::Milliseconds(50);
  options.logger = &logger_;
  const auto worker = Start(options);
  reached_.WaitForMost(1);
  ASSERT_THAT(client_->Cancel(stuck), IsOk());
  ASSERT_TRUE(Eventually([&] { return worker->stats().stuck == 1; }));
  EXPECT_THAT(logger_.messages(), Contains(AllOf(HasSubstr(stuck), HasSubstr("Analyze"))));
  steps_.Heal("Analyze");
  EXPECT_THAT(Wait(Submit(2)), IsOk());
  released_.Open();
  EXPECT_THAT(Wait(stuck), StatusIs(absl::StatusCode::kCancelled));
}

// ---- What it says of itself ----

TEST_F(WorkerTest, WhoWorksIsPublished) {
  WorkerOptions options = Options();
  options.threads = 3;
  options.queues = {{.name = "a", .weight = 2}, {.name = "b", .weight = 5}};
  const auto worker = Start(options);
  ASSERT_TRUE(Eventually([&] { return !store_->jobs()->Workers()->empty(); }));
  const absl::StatusOr<std::vector<WorkerRecord>> workers = store_->jobs()->Workers();
  ASSERT_THAT(workers, IsOkAndHolds(SizeIs(1)));
  const WorkerRecord& record = workers->front();
  EXPECT_EQ(record.threads, 3);
  EXPECT_TRUE(record.is_alive);
  EXPECT_EQ(record.process_id, getpid());
  EXPECT_THAT(record.queues, ElementsAre(std::pair<std::string, int>("a", 2),
                                         std::pair<std::string, int>("b", 5)));
  EXPECT_THAT(record.graphs, ElementsAre("films"));
}

TEST_F(WorkerTest, ItsGraphsArePublishedWithAllTheirMessages) {
  const auto worker = Start();
  ASSERT_TRUE(Eventually([&] { return !store_->jobs()->Graphs()->empty(); }));
  const absl::StatusOr<std::vector<PublishedGraph>> graphs = store_->jobs()->Graphs();
  ASSERT_THAT(graphs, IsOkAndHolds(SizeIs(1)));
  const PublishedGraph& graph = graphs->front();
  EXPECT_EQ(graph.graph, "films");
  EXPECT_EQ(graph.fingerprint, graph_.fingerprint());
  GraphDescription description;
  ASSERT_TRUE(description.ParseFromString(graph.description));
  EXPECT_THAT(description, EqualsProto(graph_.Describe()));
  FileDescriptorSet files;
  ASSERT_TRUE(files.ParseFromString(graph.descriptors));
  std::set<std::string> messages;
  for (const auto& file : files.file()) {
    for (const auto& message : file.message_type()) {
      messages.insert(file.package() + "." + message.name());
    }
  }
  for (const char* message : {"film.MovieId", "film.Movie", "film.DirectorProfile",
                              "film.ContentAnalysis", "film.Classification", "film.TagSet"}) {
    EXPECT_THAT(messages, Contains(message));
  }
}

// ---- Options ----

TEST_F(WorkerTest, EverythingThatIsWrongWithItsOptionsIsSaidAtOnce) {
  WorkerOptions options;
  options.threads = 0;
  options.queues = {{.name = "a", .weight = 0}, {.name = "a"}, {.name = ""}};
  options.prefetch = -1;
  options.longest_prefetch = absl::ZeroDuration();
  options.poll_interval = -absl::Seconds(1);
  options.stuck_after = absl::ZeroDuration();
  options.shutdown_grace = -absl::Seconds(1);
  options.maintain = {.most_crashes = 0,
                      .keep_succeeded = absl::ZeroDuration(),
                      .keep_failed = absl::ZeroDuration(),
                      .batch = 0};
  Worker worker(*engine_, {graph_, graph_}, options);
  EXPECT_THAT(worker.Run({}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("threads is 0"), HasSubstr("weight of queue a is 0"),
                             HasSubstr("queue a is named twice"), HasSubstr("1 to 255 bytes"),
                             HasSubstr("prefetch is -1"), HasSubstr("longest_prefetch is 0"),
                             HasSubstr("poll_interval is -1s"), HasSubstr("stuck_after is 0"),
                             HasSubstr("shutdown_grace is negative"), HasSubstr("most_crashes"),
                             HasSubstr("keep_succeeded"), HasSubstr("keep_failed"),
                             HasSubstr("batch"), HasSubstr("two graphs are called films"))));
}

TEST_F(WorkerTest, NoGraphsAndNoQueuesAreWrongToo) {
  WorkerOptions options;
  options.queues = {};
  Worker worker(*engine_, {}, options);
  EXPECT_THAT(worker.Run({}), StatusIs(absl::StatusCode::kInvalidArgument,
                                       AllOf(HasSubstr("no graph"), HasSubstr("no queue"))));
}

TEST_F(WorkerTest, AStoreThatKeepsNoJobsIsWrong) {
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Start(std::make_shared<FaultyStore>(store_));
  ASSERT_THAT(engine, IsOk());
  Worker worker(**engine, {graph_});
  EXPECT_THAT(worker.Run({}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("keeps no jobs")));
}

TEST_F(WorkerTest, OneThatRunsIsNotRunTwice) {
  BlockIn("FetchMovie");
  const JobId job = Submit(1);
  const auto worker = Start();
  reached_.WaitForMost(1);
  EXPECT_THAT(worker->worker().Run({}), StatusIs(absl::StatusCode::kFailedPrecondition));
  released_.Open();
  EXPECT_THAT(Wait(job), IsOk());
}

TEST_F(WorkerTest, OneThatHasEndedMayRunAgain) {
  Worker worker(*engine_, {graph_}, Options());
  for (int film = 0; film < 3; ++film) {
    const JobId job = Submit(film);
    std::stop_source stop;
    std::thread runs([&] { EXPECT_THAT(worker.Run(stop.get_token()), IsOk()); });
    EXPECT_THAT(Wait(job), IsOk());
    stop.request_stop();
    runs.join();
    EXPECT_EQ(worker.stats().running, 0);
  }
  EXPECT_EQ(worker.stats().succeeded, 3);
}

}  // namespace
}  // namespace protograph::tests
