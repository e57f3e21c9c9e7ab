// KeepCheckpoints::kUntilContextDestroyed: what an execution has written stays until its caller has
// put the answer away.

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/durability/engine.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class KeptCheckpointsTest : public EngineTest {
 protected:
  // Executes, and has all but the last step's result written while that step runs.
  static absl::StatusOr<film::TagSet> ExecuteFlushed(Engine& engine, FilmSteps& steps,
                                                     const Graph& graph, ExecCtx& ctx) {
    steps.Set("Tag", [&engine](ExecCtx&) { return engine.Flush(); });
    absl::StatusOr<film::TagSet> tags = graph.Execute<film::TagSet>(ctx, FilmId(603));
    steps.Heal("Tag");
    return tags;
  }

  // A context that keeps what is written, on the heap, so that a test says when it ends.
  static std::unique_ptr<ExecCtx> Open(Engine& engine, WhenBusy when_busy = WhenBusy::kContend) {
    return std::unique_ptr<ExecCtx>(new ExecCtx(
        engine.NewExecution({.workflow_id = "film",
                             .when_busy = when_busy,
                             .keep_checkpoints = KeepCheckpoints::kUntilContextDestroyed})));
  }

  void ExpectStored(size_t checkpoints, ExecutionState state) {
    EXPECT_THAT(memory_->Load("film"), IsOkAndHolds(SizeIs(checkpoints)));
    EXPECT_THAT(memory_->Executions("film", 10),
                IsOkAndHolds(ElementsAre(Field(&ExecutionRecord::state, state))));
  }

  Graph graph_ = steps_.Build();
};

TEST_F(KeptCheckpointsTest, StayUntilTheContextIsDestroyed) {
  auto ctx = Open(*engine_);
  EXPECT_THAT(ExecuteFlushed(*engine_, steps_, graph_, *ctx),
              IsOkAndHolds(EqualsProto(TagsOf(603))));
  // However often there was time to remove them.
  for (int i = 0; i < 3; ++i) ASSERT_THAT(engine_->Flush(), IsOk());
  // Nothing more was collected either: the last step's result is not there.
  ExpectStored(4, ExecutionState::kRunning);
  EXPECT_EQ(engine_->stats().queued_bytes, 0);

  ctx.reset();
  ASSERT_THAT(engine_->Flush(), IsOk());
  ExpectStored(0, ExecutionState::kSucceeded);
}

TEST_F(KeptCheckpointsTest, EndWhenTheExecutionEndedAndNotWhenTheContextDid) {
  auto ctx = Open(*engine_);
  ASSERT_THAT(ExecuteFlushed(*engine_, steps_, graph_, *ctx), IsOk());
  const absl::Time executed_at = absl::Now();
  ASSERT_THAT(engine_->Flush(), IsOk());
  while (absl::Now() <= executed_at) std::this_thread::yield();
  ctx.reset();
  ASSERT_THAT(engine_->Flush(), IsOk());
  const auto executions = memory_->Executions("film", 1);
  ASSERT_THAT(executions, IsOkAndHolds(SizeIs(1)));
  EXPECT_LE(executions->front().ended_at, executed_at);
}

TEST_F(KeptCheckpointsTest, AreFoundWhereTheProcessDiesBeforeItsAnswerIsPutAway) {
  auto ctx = Open(*engine_);
  ASSERT_THAT(ExecuteFlushed(*engine_, steps_, graph_, *ctx), IsOk());
  ASSERT_THAT(engine_->Flush(), IsOk());
  // Killed there.
  store_->FailWith(absl::UnavailableError("killed"));
  ASSERT_THAT(memory_->DeclareDead(store_->owner_id()), IsOk());
  steps_.ForgetRuns();

  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*next, graph_, "film", 603, Resume::kAlways),
              IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("Classify"), 0);
  EXPECT_EQ(steps_.Runs("Tag"), 1);
}

TEST_F(KeptCheckpointsTest, HaveTheWorkflowUntilTheyAreGivenUp) {
  auto ctx = Open(*engine_);
  ASSERT_THAT(ExecuteFlushed(*engine_, steps_, graph_, *ctx), IsOk());
  const auto other = StartEngine(memory_, Options());
  {
    ExecCtx busy = other->NewExecution({.workflow_id = "film", .when_busy = WhenBusy::kFail});
    EXPECT_THAT(graph_.Execute<film::TagSet>(busy, FilmId(603)),
                StatusIs(absl::StatusCode::kAborted));
  }
  ctx.reset();
  ASSERT_THAT(engine_->Flush(), IsOk());
  ExecCtx free = other->NewExecution({.workflow_id = "film", .when_busy = WhenBusy::kFail});
  EXPECT_THAT(graph_.Execute<film::TagSet>(free, FilmId(603)), IsOk());
}

TEST_F(KeptCheckpointsTest, AnExecutionThatWroteNothingIsOverAtOnce) {
  engine_ = StartEngine(store_, {.flush_interval = absl::Seconds(10)});
  const int before = store_->writes();
  auto ctx = Open(*engine_);
  ASSERT_THAT(graph_.Execute<film::TagSet>(*ctx, FilmId(603)), IsOk());
  EXPECT_EQ(engine_->stats().executions_elided, 1);
  ctx.reset();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(store_->writes(), before);
  EXPECT_THAT(memory_->Executions("film", 10), IsOkAndHolds(IsEmpty()));
}

TEST_F(KeptCheckpointsTest, AnExecutionThatFailsIsToldOfAtOnce) {
  auto ctx = Open(*engine_);
  steps_.Fail("Tag");
  ASSERT_THAT(graph_.Execute<film::TagSet>(*ctx, FilmId(603)), Not(IsOk()));
  ASSERT_THAT(engine_->Flush(), IsOk());
  ExpectStored(4, ExecutionState::kFailed);
  ctx.reset();
  ASSERT_THAT(engine_->Flush(), IsOk());
  ExpectStored(4, ExecutionState::kFailed);
}

TEST_F(KeptCheckpointsTest, AContextThatNeverExecutesIsNobodysBusiness) {
  const int before = store_->writes();
  Open(*engine_).reset();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(store_->writes(), before);
}

TEST_F(KeptCheckpointsTest, ResultsForThoseWhoWaitAreWrittenWhenTheyAreGivenUp) {
  auto ctx = Open(*engine_, WhenBusy::kWait);
  ASSERT_THAT(graph_.Execute<film::TagSet>(*ctx, FilmId(603)), IsOk());
  const auto their_store = std::make_shared<FaultyStore>(memory_);
  const auto other = StartEngine(their_store, Options());
  absl::StatusOr<film::TagSet> tags;
  std::thread waiting([&] {
    ExecCtx wait = other->NewExecution({.workflow_id = "film", .when_busy = WhenBusy::kWait});
    tags = graph_.Execute<film::TagSet>(wait, FilmId(603));
  });
  // It has asked for the workflow, in vain.
  while (their_store->writes() == 0) std::this_thread::yield();
  ctx.reset();
  waiting.join();
  EXPECT_THAT(tags, IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("Tag"), 1);
  EXPECT_EQ(other->stats().results_taken, 1);
}

TEST_F(KeptCheckpointsTest, AreLeftToBeResumedWhereTheEngineWasStoppedBefore) {
  auto ctx = Open(*engine_);
  ASSERT_THAT(ExecuteFlushed(*engine_, steps_, graph_, *ctx), IsOk());
  engine_->Stop();
  ctx.reset();
  EXPECT_THAT(memory_->Load("film"), IsOkAndHolds(SizeIs(4)));
  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(next->Abandoned(),
              IsOkAndHolds(ElementsAre(Field(&ExecutionRecord::workflow_id, "film"))));
  EXPECT_THAT(Execute(*next, graph_, "film", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(next->stats().steps_restored, 4);
}

TEST_F(KeptCheckpointsTest, AreGivenUpOnlyOnceWhereTheStoreIsAway) {
  auto ctx = Open(*engine_);
  ASSERT_THAT(ExecuteFlushed(*engine_, steps_, graph_, *ctx), IsOk());
  store_->FailWith(absl::UnavailableError("away"));
  ctx.reset();
  EXPECT_THAT(engine_->Flush(absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  store_->FailWith(absl::OkStatus());
  ASSERT_THAT(engine_->Flush(), IsOk());
  ExpectStored(0, ExecutionState::kSucceeded);
}

TEST_F(KeptCheckpointsTest, AnExecutionThatLosesItsWorkflowMeanwhileEndsNothing) {
  auto ctx = Open(*engine_);
  ASSERT_THAT(ExecuteFlushed(*engine_, steps_, graph_, *ctx), IsOk());
  ASSERT_THAT(memory_->DeclareDead(store_->owner_id()), IsOk());
  // Another one has it and runs.
  const auto other = StartEngine(memory_, Options());
  auto theirs = Open(*other);
  ASSERT_THAT(ExecuteFlushed(*other, steps_, graph_, *theirs), IsOk());
  const size_t before = memory_->Load("film")->size();
  ctx.reset();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(engine_->stats().executions_lost, 1);
  EXPECT_THAT(memory_->Load("film"), IsOkAndHolds(SizeIs(before)));
  theirs.reset();
  ASSERT_THAT(other->Flush(), IsOk());
  EXPECT_THAT(memory_->Load("film"), IsOkAndHolds(IsEmpty()));
}

TEST_F(KeptCheckpointsTest, AreGivenUpByWhicheverThreadDestroysTheContext) {
  constexpr int kExecutions = 200;
  std::vector<std::unique_ptr<ExecCtx>> contexts(kExecutions);
  std::vector<std::thread> threads;
  constexpr int kThreads = 4;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < kExecutions; i += kThreads) {
        contexts[i].reset(new ExecCtx(
            engine_->NewExecution({.workflow_id = "film-" + std::to_string(i),
                                   .when_busy = WhenBusy::kFail,
                                   .keep_checkpoints = KeepCheckpoints::kUntilContextDestroyed})));
        EXPECT_THAT(graph_.Execute<film::TagSet>(*contexts[i], FilmId(i)), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      // Each has the contexts of others.
      for (int i = (t + 1) % kThreads; i < kExecutions; i += kThreads) contexts[i].reset();
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_THAT(engine_->Flush(), IsOk());
  for (int i = 0; i < kExecutions; ++i) {
    EXPECT_THAT(
        memory_->Executions("film-" + std::to_string(i), 10),
        IsOkAndHolds(ElementsAre(Field(&ExecutionRecord::state, ExecutionState::kSucceeded))));
  }
}

}  // namespace
}  // namespace protograph
