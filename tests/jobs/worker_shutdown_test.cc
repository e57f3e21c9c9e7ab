// How a worker ends.

#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

class WorkerShutdown : public WorkerTest {
 protected:
  // A step that heeds its context, and tells when it is reached.
  void SleepIn(const std::string& step) {
    steps_.Set(step, [this](ExecCtx& ctx) {
      reached_.Enter();
      return ctx.SleepFor(absl::InfiniteDuration());
    });
  }
  static WorkerOptions WithGrace(absl::Duration grace) {
    WorkerOptions options = Options();
    options.threads = 1;
    options.shutdown_grace = grace;
    return options;
  }
  // Nobody has it, and none of its attempts has been counted.
  void ExpectGivenBack(const JobId& job) {
    const JobRecord record = Record(job);
    EXPECT_EQ(record.state, JobState::kQueued);
    EXPECT_EQ(record.attempt, 0);
    EXPECT_EQ(record.owner_id, "");
  }
};

TEST_F(WorkerShutdown, OneThatIsIdleStops) { EXPECT_THAT(Start()->Stop(), IsOk()); }

TEST_F(WorkerShutdown, WhatRunsMayFinishWithinTheGraceAndNothingElseBegins) {
  BlockIn("FetchMovie");
  const std::vector<JobId> jobs = SubmitMany(5);
  WorkerOptions options = WithGrace(absl::InfiniteDuration());
  options.prefetch = 3;
  const auto worker = Start(options);
  reached_.WaitForMost(1);
  ASSERT_TRUE(Eventually([&] { return worker->stats().waiting == 3; }));
  worker->RequestStop();
  // What it had fetched is given back before what runs has ended.
  for (int i = 1; i < 5; ++i) EXPECT_TRUE(EventuallyIs(jobs[i], JobState::kQueued));
  const JobId late = Submit(7);
  released_.Open();
  EXPECT_THAT(worker->Join(), IsOk());
  EXPECT_THAT(Wait(jobs[0]), IsOkAndHolds(EqualsProto(TagsOf(0))));
  for (int i = 1; i < 5; ++i) ExpectGivenBack(jobs[i]);
  ExpectGivenBack(late);
  EXPECT_EQ(worker->stats().given_back, 3);
}

TEST_F(WorkerShutdown, AfterTheGraceContextsAreAskedToStopAndTheirJobsGivenBack) {
  SleepIn("Tag");
  const JobId job = Submit(3);
  // Half of it is enough for a step that heeds its context, on any machine.
  const auto worker = Start(WithGrace(absl::Seconds(2)));
  reached_.WaitForMost(1);
  EXPECT_THAT(worker->Stop(), IsOk());
  ExpectGivenBack(job);
}

TEST_F(WorkerShutdown, WhoTakesUpWhatWasGivenBackRepeatsNoStep) {
  SleepIn("Tag");
  const JobId job = Submit(3);
  const auto worker = Start(WithGrace(absl::InfiniteDuration()));
  reached_.WaitForMost(1);
  worker->worker().StopAtOnce();
  ASSERT_THAT(worker->Join(), IsOk());
  engine_.reset();
  steps_.Heal("Tag");
  engine_ = StartEngine();
  const auto next = Start();
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(3))));
  EXPECT_EQ(Record(job).attempt, 1);
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
  EXPECT_EQ(steps_.Runs("Classify"), 1);
}

TEST_F(WorkerShutdown, WhatIgnoresEverythingIsNamedAndItsJobGivenBack) {
  BlockIn("Analyze");
  const JobId job = Submit(3);
  // Lives as long as something of the worker does.
  auto life = std::make_shared<int>();
  const std::weak_ptr<int> alive = life;
  {
    WorkerOptions options = WithGrace(absl::Milliseconds(20));
    options.values = ContextValues().With(std::move(life));
    const auto worker = Start(options);
    reached_.WaitForMost(1);
    EXPECT_THAT(worker->Stop(), StatusIs(absl::StatusCode::kDeadlineExceeded,
                                         AllOf(HasSubstr(job), HasSubstr("Analyze"))));
    ExpectGivenBack(job);
  }
  EXPECT_FALSE(alive.expired());
  // What it comes to then is nobody's business.
  released_.Open();
  EXPECT_TRUE(Eventually([&] { return alive.expired(); }));
  ExpectGivenBack(job);
}

TEST_F(WorkerShutdown, NothingOfAWorkerIsLeftOnceItHasStopped) {
  auto life = std::make_shared<int>();
  const std::weak_ptr<int> alive = life;
  {
    WorkerOptions options = Options();
    options.values = ContextValues().With(std::move(life));
    const auto worker = Start(options);
    EXPECT_THAT(Wait(Submit(1)), IsOk());
    EXPECT_THAT(worker->Stop(), IsOk());
  }
  EXPECT_TRUE(alive.expired());
}

TEST_F(WorkerShutdown, AtOnceDoesNotWaitForTheGrace) {
  SleepIn("Analyze");
  const JobId job = Submit(3);
  const auto worker = Start(WithGrace(absl::InfiniteDuration()));
  reached_.WaitForMost(1);
  worker->worker().StopAtOnce();
  EXPECT_THAT(worker->Join(), IsOk());
  ExpectGivenBack(job);
}

TEST_F(WorkerShutdown, AtOnceCutsTheGraceShort) {
  SleepIn("Analyze");
  const JobId job = Submit(3);
  const auto worker = Start(WithGrace(absl::InfiniteDuration()));
  reached_.WaitForMost(1);
  worker->RequestStop();
  worker->worker().StopAtOnce();
  EXPECT_THAT(worker->Join(), IsOk());
  ExpectGivenBack(job);
}

TEST_F(WorkerShutdown, AtOnceLeavesBehindWhatIgnoresEverything) {
  BlockIn("Analyze");
  const JobId job = Submit(3);
  auto life = std::make_shared<int>();
  const std::weak_ptr<int> alive = life;
  {
    WorkerOptions options = WithGrace(absl::InfiniteDuration());
    options.values = ContextValues().With(std::move(life));
    const auto worker = Start(options);
    reached_.WaitForMost(1);
    worker->worker().StopAtOnce();
    EXPECT_THAT(worker->Join(), StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr(job)));
    ExpectGivenBack(job);
  }
  released_.Open();
  EXPECT_TRUE(Eventually([&] { return alive.expired(); }));
}

TEST_F(WorkerShutdown, OneThatWasStoppedAtOnceBeforeItRanDoesNotRun) {
  const JobId job = Submit(3);
  Worker worker(*engine_, {graph_}, Options());
  worker.StopAtOnce();
  EXPECT_THAT(worker.Run({}), IsOk());
  ExpectGivenBack(job);
}

TEST_F(WorkerShutdown, OneThatWasToStopBeforeItRanDoesNotRun) {
  const JobId job = Submit(3);
  Worker worker(*engine_, {graph_}, Options());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(worker.Run(stop.get_token()), IsOk());
  ExpectGivenBack(job);
}

TEST_F(WorkerShutdown, AJobThatIsCancelledDuringTheGraceIsCancelled) {
  SleepIn("Analyze");
  const JobId job = Submit(3);
  const auto worker = Start(WithGrace(absl::InfiniteDuration()));
  reached_.WaitForMost(1);
  worker->RequestStop();
  ASSERT_THAT(client_->Cancel(job), IsOk());
  EXPECT_THAT(worker->Join(), IsOk());
  EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace protograph::tests
