#include "jobs/completer.h"

#include <atomic>
#include <map>

#include "absl/time/clock.h"
#include "durability/engine_access.h"
#include "unsteady_store.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::internal::Completer;
using ::protograph::internal::EndedJob;
using ::protograph::internal::EngineAccess;
using ::protograph::internal::WorkerCounters;
using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CompleterTest : public WorkerTest {
 protected:
  CompleterTest()
      : CompleterTest(std::make_shared<UnsteadyStore>(std::make_shared<MemoryStore>())) {}

  static std::string OwnerOf(Engine& engine) { return EngineAccess::Core(engine).owner_id(); }

  std::vector<ClaimedJob> Claim(int count, Engine& engine) {
    absl::StatusOr<std::vector<ClaimedJob>> claimed = store_->jobs()->Claim(
        {.owner_id = OwnerOf(engine), .queues = {{.queue = "default", .limit = count}}});
    EXPECT_THAT(claimed, testing::IsOkAndHolds(SizeIs(count)));
    return claimed.ok() ? *claimed : std::vector<ClaimedJob>();
  }
  std::vector<EndedJob> EndsOf(const std::vector<ClaimedJob>& jobs, Engine& engine,
                               JobOutcome outcome = JobOutcome::kSucceeded) {
    std::vector<EndedJob> ends;
    for (const ClaimedJob& job : jobs) {
      EndedJob& ended = ends.emplace_back();
      ended.end.job_id = job.job_id;
      ended.end.term = job.term;
      ended.end.outcome = outcome;
      ended.owner_id = OwnerOf(engine);
    }
    return ends;
  }
  std::vector<EndedJob> EndsOfNew(int count) {
    SubmitMany(count);
    return EndsOf(Claim(count, *engine_), *engine_);
  }
  std::unique_ptr<Completer> StartCompleter() {
    auto completer =
        std::make_unique<Completer>(*engine_, *store_->jobs(), store_->items(), logger_, counters_);
    EXPECT_THAT(completer->Start(), IsOk());
    return completer;
  }

  Faults& faults_;
  WorkerCounters counters_;

 private:
  explicit CompleterTest(const std::shared_ptr<UnsteadyStore>& store)
      : WorkerTest(store), faults_(store->faults()) {}
};

TEST_F(CompleterTest, WhatEndsWhileTheStoreIsToldMakesTheNextCall) {
  std::vector<EndedJob> ends = EndsOfNew(101);
  std::atomic<int> calls{0};
  faults_.SetBefore([&](std::string_view call) {
    if (call == "Finish" && ++calls == 1) {
      reached_.Enter();
      released_.Wait();
    }
    return absl::OkStatus();
  });
  const auto completer = StartCompleter();
  completer->Add(std::move(ends.back()));
  ends.pop_back();
  reached_.WaitForMost(1);
  for (EndedJob& end : ends) completer->Add(std::move(end));
  released_.Open();
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(counters_.succeeded, 101);
}

TEST_F(CompleterTest, WhileTheStoreIsAwayItTriesAgain) {
  std::vector<EndedJob> ends = EndsOfNew(10);
  std::atomic<int> calls{0};
  faults_.SetBefore([&](std::string_view call) {
    return call == "Finish" && ++calls <= 3 ? absl::UnavailableError("away") : absl::OkStatus();
  });
  const auto completer = StartCompleter();
  completer->Add(std::move(ends));
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(counters_.succeeded, 10);
  EXPECT_EQ(counters_.refused, 0);
}

TEST_F(CompleterTest, AnAnswerThatWasLostIsAskedForAgain) {
  std::vector<EndedJob> ends = EndsOfNew(10);
  std::atomic<int> calls{0};
  faults_.SetAfter([&](std::string_view call) {
    return call == "Finish" && ++calls == 1 ? absl::UnavailableError("lost") : absl::OkStatus();
  });
  const auto completer = StartCompleter();
  completer->Add(std::move(ends));
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_EQ(counters_.succeeded, 10);
  EXPECT_EQ(counters_.refused, 0);
}

TEST_F(CompleterTest, OneThatTheStoreDoesNotTakeFailsAndTheOthersAreToldOf) {
  std::vector<EndedJob> ends = EndsOfNew(5);
  const JobId wrong = ends[2].end.job_id;
  ends[2].end.result = std::string(kLargestPayload + 1, 'x');
  const JobId lost = ends[3].end.job_id;
  ends[3].end.term += 100;
  const auto completer = StartCompleter();
  completer->Add(std::move(ends));
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_EQ(counters_.succeeded, 3);
  EXPECT_EQ(counters_.failed, 1);
  EXPECT_EQ(counters_.refused, 1);
  EXPECT_EQ(Record(wrong).state, JobState::kFailed);
  EXPECT_THAT(Record(wrong).error, HasSubstr("did not take"));
  EXPECT_EQ(Record(lost).state, JobState::kRunning);
  EXPECT_THAT(logger_.messages(), Contains(AllOf(HasSubstr(wrong), HasSubstr("fails"))));
}

TEST_F(CompleterTest, WhatIsNotTheWorkersAnyMoreIsSaidByName) {
  std::vector<EndedJob> ends = EndsOfNew(3);
  const JobId lost = ends[1].end.job_id;
  ends[1].end.term += 100;
  const auto completer = StartCompleter();
  completer->Add(std::move(ends));
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_EQ(counters_.succeeded, 2);
  EXPECT_EQ(counters_.refused, 1);
  EXPECT_THAT(logger_.messages(), ElementsAre(AllOf(HasSubstr(lost), HasSubstr("any more"))));
}

TEST_F(CompleterTest, EachEndIsToldUnderTheOwnerThatHadIt) {
  const std::unique_ptr<Engine> other = StartEngine();
  SubmitMany(9);
  std::vector<std::vector<EndedJob>> ends;
  for (int i = 0; i < 3; ++i) {
    ends.push_back(EndsOf(Claim(1, *engine_), *engine_));
    ends.push_back(EndsOf(Claim(2, *other), *other));
  }
  const auto completer = StartCompleter();
  for (std::vector<EndedJob>& some : ends) completer->Add(std::move(some));
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_EQ(counters_.succeeded, 9);
  EXPECT_EQ(counters_.refused, 0);
}

TEST_F(CompleterTest, WhatCannotBeToldInTimeIsGivenUp) {
  std::vector<EndedJob> ends = EndsOfNew(7);
  faults_.SetBefore([&](std::string_view call) {
    return call == "Finish" ? absl::UnavailableError("away") : absl::OkStatus();
  });
  const auto completer = StartCompleter();
  completer->Add(std::move(ends));
  EXPECT_EQ(completer->Stop(absl::Milliseconds(20)), 7);
  EXPECT_EQ(counters_.succeeded, 0);
}

TEST_F(CompleterTest, ContextsLiveUntilTheEndIsCommitted) {
  std::vector<EndedJob> ends = EndsOfNew(1);
  auto life = std::make_shared<int>();
  const std::weak_ptr<int> alive = life;
  ends[0].ctx =
      std::make_unique<ExecCtx>(ExecOptions{.values = ContextValues().With(std::move(life))});
  faults_.SetBefore([&](std::string_view call) {
    if (call == "Finish") {
      reached_.Enter();
      released_.Wait();
    }
    return absl::OkStatus();
  });
  const auto completer = StartCompleter();
  completer->Add(std::move(ends));
  reached_.WaitForMost(1);
  EXPECT_FALSE(alive.expired());
  released_.Open();
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_TRUE(alive.expired());
}

TEST_F(CompleterTest, EachOutcomeIsCountedAsWhatItIs) {
  SubmitMany(6);
  const std::vector<ClaimedJob> jobs = Claim(6, *engine_);
  const auto completer = StartCompleter();
  size_t i = 0;
  for (JobOutcome outcome : {JobOutcome::kSucceeded, JobOutcome::kFailed, JobOutcome::kRetry,
                             JobOutcome::kSnooze, JobOutcome::kCancelled, JobOutcome::kGiveBack}) {
    completer->Add(EndsOf({jobs[i++]}, *engine_, outcome));
  }
  EXPECT_EQ(completer->Stop(kLongWait), 0);
  EXPECT_EQ(counters_.succeeded, 1);
  EXPECT_EQ(counters_.failed, 1);
  EXPECT_EQ(counters_.retried, 2);
  EXPECT_EQ(counters_.cancelled, 1);
  EXPECT_EQ(counters_.given_back, 1);
}

}  // namespace
}  // namespace protograph::tests
