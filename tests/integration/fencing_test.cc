// Whose a workflow is, where two processes or a repeated call come into it. What one process sees
// is in the contract tests.

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "support.h"

namespace {

using ::protograph::ExecutionState;
using ::protograph::PostgresOptions;
using ::protograph::PostgresStore;
using ::protograph::Retention;
using ::protograph::StoreWrite;
using ::protograph::integration::FreshOptions;
using ::protograph::integration::Query;
using ::protograph::integration::RegisterOwner;
using ::protograph::integration::TestRun;
using ::protograph::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Fencing : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = PostgresStore::Open(options_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }

  ExecutionState StateOf(const TestRun& run) {
    const auto records = store_->Executions(run.workflow_id, 100);
    for (const auto& record : *records) {
      if (record.execution_id == run.execution_id) return record.state;
    }
    ADD_FAILURE() << "no such execution";
    return ExecutionState::kRunning;
  }

  PostgresOptions options_ = FreshOptions();
  std::shared_ptr<PostgresStore> store_;
};

TEST_F(Fencing, AWorkflowOfALivingOwnerIsRefused) {
  const TestRun first;
  const TestRun second;
  ASSERT_THAT(RegisterOwner(*store_, first), IsOk());
  ASSERT_THAT(RegisterOwner(*store_, second), IsOk());
  ASSERT_THAT(store_->Write({.starts = {first.Start()}}), IsOk());
  const auto refused = store_->Write({.starts = {second.Start()},
                                      .checkpoints = {second.Result(1)},
                                      .ends = {second.End(ExecutionState::kSucceeded)}});
  ASSERT_THAT(refused, IsOk());
  EXPECT_THAT(refused->claimed, IsEmpty());
  EXPECT_THAT(refused->refused, ElementsAre(second.execution_id));
  EXPECT_EQ(store_->Executions(first.workflow_id, 10)->size(), 1);
}

TEST_F(Fencing, AWorkflowOfADeadOwnerIsTakenOver) {
  const TestRun first;
  const TestRun second;
  ASSERT_THAT(RegisterOwner(*store_, first), IsOk());
  ASSERT_THAT(RegisterOwner(*store_, second), IsOk());
  const auto before = store_->Write({.starts = {first.Start()}, .checkpoints = {first.Result(1)}});
  ASSERT_THAT(before, IsOk());
  ASSERT_THAT(store_->DeclareDead(first.owner_id), IsOk());
  const auto after = store_->Write({.starts = {second.Start()}});
  ASSERT_THAT(after, IsOk());
  ASSERT_EQ(after->claimed.size(), 1);
  EXPECT_GT(after->claimed[0].term, before->claimed[0].term);
  EXPECT_EQ(StateOf(first), ExecutionState::kAbandoned);
  EXPECT_EQ(store_->Load(first.workflow_id)->size(), 1);

  const auto late = store_->Write(
      {.checkpoints = {first.Result(2)}, .ends = {first.End(ExecutionState::kSucceeded)}});
  ASSERT_THAT(late, IsOk());
  EXPECT_THAT(late->refused, ElementsAre(first.execution_id));
  EXPECT_EQ(store_->Load(first.workflow_id)->size(), 1);
}

TEST_F(Fencing, RepeatedWritesChangeNothing) {
  const TestRun run;
  ASSERT_THAT(RegisterOwner(*store_, run), IsOk());
  const StoreWrite start{.starts = {run.Start()}, .checkpoints = {run.Result(1)}};
  const auto first = store_->Write(start);
  const auto again = store_->Write(start);
  ASSERT_THAT(again, IsOk());
  ASSERT_EQ(again->claimed.size(), 1);
  EXPECT_EQ(again->claimed[0].term, first->claimed[0].term);
  EXPECT_THAT(again->refused, IsEmpty());

  for (ExecutionState state : {ExecutionState::kFailed, ExecutionState::kSucceeded}) {
    TestRun other;
    other.workflow_id = fmt::format("repeated {}", ToString(state));
    ASSERT_THAT(RegisterOwner(*store_, other), IsOk());
    const StoreWrite whole{
        .starts = {other.Start()}, .checkpoints = {other.Result(1)}, .ends = {other.End(state)}};
    for (int i = 0; i < 3; ++i) {
      const auto written = store_->Write(whole);
      ASSERT_THAT(written, IsOk());
      EXPECT_EQ(written->claimed.size(), 1);
      EXPECT_THAT(written->refused, IsEmpty());
    }
    const StoreWrite tail{.checkpoints = {other.Result(1)}, .ends = {other.End(state)}};
    EXPECT_THAT(store_->Write(tail)->refused, IsEmpty());
    EXPECT_EQ(StateOf(other), state);
    EXPECT_EQ(store_->Executions(other.workflow_id, 10)->size(), 1);
  }
}

TEST_F(Fencing, ASecondExecutionOfOneWriteIsRefused) {
  const TestRun first;
  TestRun second;
  second.owner_id = first.owner_id;
  ASSERT_THAT(RegisterOwner(*store_, first), IsOk());
  const auto written = store_->Write({.starts = {first.Start(), second.Start()}});
  ASSERT_THAT(written, IsOk());
  ASSERT_EQ(written->claimed.size(), 1);
  EXPECT_EQ(written->claimed[0].execution_id, first.execution_id);
  EXPECT_THAT(written->refused, ElementsAre(second.execution_id));
}

TEST_F(Fencing, AFailedWorkflowIsResumedWithItsCheckpoints) {
  const TestRun first;
  const TestRun second;
  ASSERT_THAT(RegisterOwner(*store_, first), IsOk());
  ASSERT_THAT(RegisterOwner(*store_, second), IsOk());
  ASSERT_THAT(store_->Write({.starts = {first.Start()},
                             .checkpoints = {first.Result(1)},
                             .ends = {first.End(ExecutionState::kFailed)}}),
              IsOk());
  const auto resumable = store_->Resumable("", 10);
  ASSERT_EQ(resumable->size(), 1);
  EXPECT_EQ(resumable->front().error, "busy");
  EXPECT_EQ(resumable->front().started_at, first.Start().started_at);
  EXPECT_EQ(resumable->front().ended_at, first.End(ExecutionState::kFailed).ended_at);

  EXPECT_EQ(store_->Write({.starts = {second.Start()}})->claimed.size(), 1);
  EXPECT_THAT(*store_->Resumable("", 10), IsEmpty());
  EXPECT_EQ(StateOf(first), ExecutionState::kFailed);
  EXPECT_EQ(store_->Load(first.workflow_id)->size(), 1);
  ASSERT_THAT(store_->Write({.ends = {second.End(ExecutionState::kSucceeded)}}), IsOk());
  EXPECT_THAT(*store_->Load(first.workflow_id), IsEmpty());
}

TEST_F(Fencing, ADamagedCheckpointIsReplaced) {
  const TestRun run;
  ASSERT_THAT(RegisterOwner(*store_, run), IsOk());
  ASSERT_THAT(store_->Write({.starts = {run.Start()}, .checkpoints = {run.Result(1)}}), IsOk());
  Query("UPDATE " + options_.schema + ".checkpoints SET payload = 'damaged'");
  ASSERT_THAT(store_->Write({.checkpoints = {run.Result(1)}}), IsOk());
  const auto loaded = store_->Load(run.workflow_id);
  ASSERT_EQ(loaded->size(), 1);
  EXPECT_EQ(loaded->front().payload, run.Result(1).checkpoint.payload);
  EXPECT_EQ(loaded->front().input_hash, run.Result(1).checkpoint.input_hash);
  EXPECT_EQ(loaded->front().digest, run.Result(1).checkpoint.digest);
  EXPECT_EQ(loaded->front().encoding, run.Result(1).checkpoint.encoding);
}

TEST_F(Fencing, SweepAbandonsAndForgets) {
  const TestRun run;
  ASSERT_THAT(RegisterOwner(*store_, run), IsOk());
  StoreWrite write{.starts = {run.Start()}};
  for (int i = 0; i < 5; ++i) write.checkpoints.push_back(run.Result(i));
  ASSERT_THAT(store_->Write(write), IsOk());
  ASSERT_THAT(store_->DeclareDead(run.owner_id), IsOk());
  const auto kept = store_->Sweep({});
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->abandoned, 1);
  EXPECT_EQ(kept->checkpoints, 0);
  EXPECT_FALSE(kept->more);
  EXPECT_THAT(store_->Write({.checkpoints = {run.Result(9)}})->refused,
              ElementsAre(run.execution_id));
  EXPECT_EQ(store_->Resumable("", 10)->size(), 1);

  const Retention nothing{.checkpoints = absl::ZeroDuration(),
                          .executions = absl::ZeroDuration(),
                          .owners = absl::ZeroDuration(),
                          .batch = 3};
  const auto first = store_->Sweep(nothing);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->checkpoints, 3);
  EXPECT_EQ(first->owners, 1);
  EXPECT_TRUE(first->more);
  const auto second = store_->Sweep(nothing);
  EXPECT_EQ(second->checkpoints, 2);
  EXPECT_EQ(second->executions, 1);
  EXPECT_FALSE(second->more);
  EXPECT_THAT(*store_->Resumable("", 10), IsEmpty());
  EXPECT_THAT(*store_->Executions(run.workflow_id, 10), IsEmpty());
}

TEST_F(Fencing, OneOfManyThatStartAWorkflowGetsIt) {
  constexpr int kThreads = 8;
  constexpr int kWorkflows = 40;
  std::vector<int> claimed(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const TestRun owner;
      EXPECT_THAT(RegisterOwner(*store_, owner), IsOk());
      StoreWrite write;
      for (int i = 0; i < kWorkflows; ++i) {
        TestRun run;
        run.owner_id = owner.owner_id;
        // Each thread in an order of its own.
        run.workflow_id = fmt::format("contended-{}", (i * (2 * t + 1)) % kWorkflows);
        write.starts.push_back(run.Start());
        write.checkpoints.push_back(run.Result(i));
      }
      const auto written = store_->Write(write);
      ASSERT_THAT(written, IsOk());
      claimed[static_cast<size_t>(t)] = static_cast<int>(written->claimed.size());
      EXPECT_EQ(written->claimed.size() + written->refused.size(), size_t{kWorkflows});
    });
  }
  for (std::thread& thread : threads) thread.join();
  int sum = 0;
  for (int count : claimed) sum += count;
  EXPECT_EQ(sum, kWorkflows);
}

}  // namespace
