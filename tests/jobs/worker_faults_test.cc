// Workers whose store is away, loses answers, or takes them for dead.

#include <atomic>
#include <map>

#include "durability/engine_access.h"
#include "unsteady_store.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class WorkerFaults : public WorkerTest {
 protected:
  WorkerFaults() : WorkerFaults(std::make_shared<MemoryStore>()) {}

  // Fails every so manieth call of each of these names.
  static Fault EverySoOften(std::map<std::string, int, std::less<>> periods) {
    auto calls = std::make_shared<std::map<std::string, std::atomic<int>, std::less<>>>();
    for (const auto& [call, period] : periods) (*calls)[call] = 0;
    return [periods = std::move(periods), calls](std::string_view call) {
      const auto period = periods.find(call);
      if (period == periods.end()) return absl::OkStatus();
      const bool fails = ++calls->find(call)->second % period->second == 0;
      return fails ? absl::UnavailableError("away") : absl::OkStatus();
    };
  }

  // Who has the job.
  std::string OwnerOf(const JobId& job) { return Record(job).owner_id; }

  // What is behind the store that can be taken away. The client is on this one.
  const std::shared_ptr<MemoryStore> steady_;
  Faults& faults_;

 private:
  explicit WorkerFaults(const std::shared_ptr<MemoryStore>& memory)
      : WorkerFaults(memory, std::make_shared<UnsteadyStore>(memory)) {}
  WorkerFaults(const std::shared_ptr<MemoryStore>& memory,
               const std::shared_ptr<UnsteadyStore>& unsteady)
      : WorkerTest(unsteady), steady_(memory), faults_(unsteady->faults()) {
    absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(steady_);
    EXPECT_THAT(client, IsOk());
    if (client.ok()) client_ = *std::move(client);
  }
};

TEST_F(WorkerFaults, AllJobsAreDoneOnceWhereCallsFailAgainAndAgain) {
  constexpr int kJobs = 300;
  faults_.SetBefore(EverySoOften({{"Claim", 4},
                                  {"Finish", 3},
                                  {"LeasePermits", 2},
                                  {"PublishGraph", 2},
                                  {"PublishWorker", 2},
                                  {"Maintain", 2},
                                  {"Listen", 2}}));
  faults_.SetAfter(EverySoOften({{"Claim", 5}, {"Finish", 4}}));
  WorkerOptions options = Options();
  options.prefetch = 40;
  const auto worker = Start(options);
  const std::vector<JobId> jobs = SubmitMany(kJobs);
  for (int film = 0; film < kJobs; ++film) {
    ASSERT_THAT(Wait(jobs[film]), IsOkAndHolds(EqualsProto(TagsOf(film))));
    EXPECT_EQ(Record(jobs[film]).attempt, 1);
  }
  EXPECT_EQ(steps_.Runs("Tag"), kJobs);
  faults_.Heal();
}

TEST_F(WorkerFaults, JobsOfAClaimWhoseAnswerWasLostAreRunAllTheSame) {
  const std::vector<JobId> jobs = SubmitMany(10);
  std::atomic<bool> is_lost{false};
  faults_.SetAfter([&](std::string_view call) {
    return call == "Claim" && !is_lost.exchange(true) ? absl::UnavailableError("lost")
                                                      : absl::OkStatus();
  });
  const auto worker = Start();
  for (const JobId& job : jobs) {
    EXPECT_THAT(Wait(job), IsOk());
    EXPECT_EQ(Record(job).attempt, 1);
  }
  EXPECT_TRUE(is_lost);
  EXPECT_EQ(steps_.Runs("Tag"), 10);
}

TEST_F(WorkerFaults, WhileEverythingIsAwayItGoesOnTrying) {
  BlockIn("Tag");
  const JobId running = Submit(1);
  const auto worker = Start();
  reached_.WaitForMost(1);
  std::atomic<int> refused{0};
  faults_.SetBefore([&](std::string_view) {
    ++refused;
    return absl::UnavailableError("away");
  });
  released_.Open();
  ASSERT_TRUE(Eventually([&] { return refused >= 10; }));
  const std::vector<JobId> jobs = SubmitMany(20);
  faults_.Heal();
  EXPECT_THAT(Wait(running), IsOk());
  for (const JobId& job : jobs) EXPECT_THAT(Wait(job), IsOk());
  EXPECT_EQ(steps_.Runs("Tag"), 21);
}

TEST_F(WorkerFaults, OneThatStartsWhileTheStoreIsAwayWorksOnceItIsThere) {
  const JobId job = Submit(1);
  std::atomic<int> refused{0};
  faults_.SetBefore([&](std::string_view) {
    ++refused;
    return absl::UnavailableError("away");
  });
  const auto worker = Start();
  ASSERT_TRUE(Eventually([&] { return refused >= 3; }));
  faults_.Heal();
  EXPECT_THAT(Wait(job), IsOk());
}

TEST_F(WorkerFaults, OneThatStopsWhileTheStoreIsAwayEnds) {
  BlockIn("Tag");
  const JobId job = Submit(1);
  WorkerOptions options = Options();
  options.logger = &logger_;
  const auto worker = Start(options);
  reached_.WaitForMost(1);
  faults_.SetBefore([&](std::string_view) { return absl::UnavailableError("away"); });
  worker->worker().StopAtOnce();
  released_.Open();
  EXPECT_THAT(worker->Join(), IsOk());
  EXPECT_THAT(logger_.messages(), Contains(HasSubstr("could not be told")));
  EXPECT_EQ(Record(job).state, JobState::kRunning);
  faults_.Heal();
}

TEST_F(WorkerFaults, OneThatWasTakenForDeadLosesItsJobsAndWorksOnUnderAnotherName) {
  EngineOptions options = OptionsOfEngine();
  options.lease = absl::Milliseconds(300);
  engine_ = StartEngine(options);
  BlockIn("Tag");
  const JobId job = Submit(1);
  WorkerOptions of_worker = Options();
  of_worker.logger = &logger_;
  const auto worker = Start(of_worker);
  reached_.WaitForMost(1);
  const std::string dead = OwnerOf(job);
  ASSERT_THAT(steady_->DeclareDead(dead), IsOk());
  ASSERT_THAT(steady_->jobs()->Maintain({}), IsOk());
  // The same worker takes it again, as another owner, while it still runs it.
  reached_.WaitForMost(2);
  EXPECT_NE(OwnerOf(job), dead);
  released_.Open();
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(1))));
  EXPECT_TRUE(Eventually([&] { return worker->stats().refused + worker->stats().retried >= 1; }));
  EXPECT_EQ(client_->Queues()->front().succeeded, 1);
  for (int film = 2; film < 5; ++film) EXPECT_THAT(Wait(Submit(film)), IsOk());
}

TEST_F(WorkerFaults, SuspectsAreMarkedBeforeTheyRunAndGivenBackWhereThatCannotBe) {
  std::atomic<int> marked{0};
  faults_.SetBefore([&](std::string_view call) {
    if (call != "MarkStarted") return absl::OkStatus();
    return ++marked == 1 ? absl::UnavailableError("away") : absl::OkStatus();
  });
  const JobId job = Submit(1);
  {
    // Somebody takes it and dies.
    const std::unique_ptr<Engine> dies = StartEngine();
    absl::StatusOr<std::vector<ClaimedJob>> claimed =
        steady_->jobs()->Claim({.owner_id = internal::EngineAccess::Core(*dies).owner_id(),
                                .queues = {{.queue = "default", .limit = 1}}});
    ASSERT_THAT(claimed, IsOkAndHolds(SizeIs(1)));
  }
  ASSERT_THAT(steady_->jobs()->Maintain({}), IsOk());
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOk());
  EXPECT_EQ(marked, 2);
  EXPECT_EQ(Record(job).attempt, 1);
  EXPECT_EQ(worker->stats().given_back, 1);
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
}

TEST_F(WorkerFaults, PermitsWhoseAnswerWasLostAreNotExceeded) {
  ASSERT_THAT(client_->Configure("default", {.concurrency_limit = 2}), IsOk());
  faults_.SetAfter(EverySoOften({{"LeasePermits", 2}}));
  Counter inside;
  steps_.Set("Analyze", [&](ExecCtx&) {
    inside.Enter();
    std::this_thread::yield();
    inside.Leave();
    return absl::OkStatus();
  });
  WorkerOptions options = Options();
  options.threads = 4;
  const auto one = Start(options);
  const std::unique_ptr<Engine> other_engine = StartEngine();
  const auto other = Start(*other_engine, options);
  for (const JobId& job : SubmitMany(500)) ASSERT_THAT(Wait(job), IsOk());
  EXPECT_LE(inside.most(), 2);
  faults_.Heal();
}

}  // namespace
}  // namespace protograph::tests
