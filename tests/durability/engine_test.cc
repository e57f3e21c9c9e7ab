// Executions of an engine: what is written, what is restored, and what is never anybody's business.

#include "protograph/durability/engine.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(EngineTest, GivesTheResultOfTheGraph) {
  const Graph graph = steps_.Build();
  EXPECT_THAT(Execute(*engine_, graph, "film-603", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
}

TEST_F(EngineTest, LeavesNoTraceOfAnExecutionThatEndsAtOnce) {
  engine_ = StartEngine(store_, {.flush_interval = absl::Seconds(10)});
  const Graph graph = steps_.Build();
  const int before = store_->writes();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_THAT(Execute(*engine_, graph, "film-" + std::to_string(i), i), IsOk());
  }
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(store_->writes(), before);
  EXPECT_EQ(store_->loads(), 0);
  EXPECT_EQ(engine_->stats().executions_elided, 1000);
  EXPECT_THAT(memory_->Executions("film-1", 10), IsOkAndHolds(IsEmpty()));
}

TEST_F(EngineTest, WritesTheResultsOfAnExecutionThatLastsAndRemovesThemAtItsEnd) {
  const Graph graph = steps_.Build();
  Gate reached;
  steps_.Set("Tag", [&](ExecCtx&) {
    reached.Open();
    released_.Wait();
    return absl::OkStatus();
  });
  absl::StatusOr<film::TagSet> tags;
  std::thread thread([&] { tags = Execute(*engine_, graph, "film-603", 603); });
  reached.Wait();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(
      memory_->Load("film-603"),
      IsOkAndHolds(UnorderedElementsAre(Field(&Checkpoint::output_type, "film.Movie"),
                                        Field(&Checkpoint::output_type, "film.DirectorProfile"),
                                        Field(&Checkpoint::output_type, "film.ContentAnalysis"),
                                        Field(&Checkpoint::output_type, "film.Classification"))));
  EXPECT_THAT(
      memory_->Executions("film-603", 10),
      IsOkAndHolds(ElementsAre(AllOf(Field(&ExecutionRecord::state, ExecutionState::kRunning),
                                     Field(&ExecutionRecord::graph, "films"),
                                     Field(&ExecutionRecord::fingerprint, graph.fingerprint()),
                                     Field(&ExecutionRecord::output_type, "film.TagSet"),
                                     Field(&ExecutionRecord::attempt, 1)))));
  Release();
  thread.join();
  EXPECT_THAT(tags, IsOkAndHolds(EqualsProto(TagsOf(603))));
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(memory_->Load("film-603"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(
      memory_->Executions("film-603", 10),
      IsOkAndHolds(ElementsAre(Field(&ExecutionRecord::state, ExecutionState::kSucceeded))));
  EXPECT_EQ(engine_->stats().checkpoints_written, 4);
}

TEST_F(EngineTest, GoesOnWhereACrashLeftIt) {
  const Graph graph = steps_.Build();
  CrashIn("Classify", graph, "film-603", 603);
  steps_.ForgetRuns();
  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*next, graph, "film-603", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("FetchDirector"), 0);
  EXPECT_EQ(steps_.Runs("Analyze"), 0);
  EXPECT_EQ(steps_.Runs("Classify"), 1);
  EXPECT_EQ(steps_.Runs("Tag"), 1);
  EXPECT_EQ(next->stats().steps_restored, 3);
  ASSERT_THAT(next->Flush(), IsOk());
  EXPECT_THAT(memory_->Load("film-603"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(
      memory_->Executions("film-603", 10),
      IsOkAndHolds(ElementsAre(AllOf(Field(&ExecutionRecord::state, ExecutionState::kSucceeded),
                                     Field(&ExecutionRecord::attempt, 2)),
                               Field(&ExecutionRecord::state, ExecutionState::kAbandoned))));
  Release();
}

TEST_F(EngineTest, GivesADifferentInputItsOwnResultUnderAUsedWorkflowId) {
  const Graph graph = steps_.Build();
  CrashIn("Classify", graph, "film", 603);
  steps_.ForgetRuns();
  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*next, graph, "film", 604), IsOkAndHolds(EqualsProto(TagsOf(604))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
  EXPECT_EQ(next->stats().steps_restored, 0);
  Release();
}

TEST_F(EngineTest, RunsAStepOfAnotherVersionAgain) {
  const Graph graph = steps_.Build();
  CrashIn("Tag", graph, "film", 603);
  steps_.ForgetRuns();
  const Graph changed = steps_.Build({{"Analyze", {.version = 2}}});
  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*next, changed, "film", 603), IsOk());
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("Analyze"), 1);
  // It made the same of it, so that what follows is found.
  EXPECT_EQ(steps_.Runs("Classify"), 0);
  Release();
}

TEST_F(EngineTest, WritesNothingOfAStepWithoutDurability) {
  const Graph graph = steps_.Build({{"FetchDirector", {.durability = Durability::kNone}}});
  CrashIn("Tag", graph, "film", 603);
  steps_.ForgetRuns();
  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*next, graph, "film", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("FetchDirector"), 1);
  EXPECT_EQ(steps_.Runs("Analyze"), 0);
  EXPECT_EQ(steps_.Runs("Classify"), 0);
  Release();
}

TEST_F(EngineTest, CommitsASynchronousStepBeforeWhatNeedsIt) {
  engine_ = StartEngine(store_, {.flush_interval = absl::Seconds(10)});
  const Graph graph = steps_.Build({{"FetchMovie", {.durability = Durability::kSync}}});
  int stored = -1;
  int synchronous = -1;
  steps_.Set("Tag", [&](ExecCtx&) {
    synchronous = store_->synchronous_writes();
    const auto checkpoints = memory_->Load("film");
    stored = checkpoints.ok() ? static_cast<int>(checkpoints->size()) : -1;
    return absl::OkStatus();
  });
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), IsOk());
  EXPECT_EQ(synchronous, 1);
  EXPECT_GE(stored, 1);
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(memory_->Load("film"), IsOkAndHolds(IsEmpty()));
}

TEST_F(EngineTest, FailsASynchronousStepThatCannotBeCommitted) {
  EngineOptions options = Options();
  options.commit_timeout = absl::Milliseconds(100);
  engine_ = StartEngine(store_, options);
  const Graph graph = steps_.Build({{"FetchMovie", {.durability = Durability::kSync}}});
  store_->FailWith(absl::UnavailableError("away"));
  EXPECT_THAT(Execute(*engine_, graph, "film", 603),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("step FetchMovie")));
  EXPECT_EQ(steps_.Runs("Analyze"), 0);
}

TEST_F(EngineTest, TakesTheResultsOfAFailedAttemptFromMemory) {
  const Graph graph = steps_.Build();
  steps_.Fail("Classify");
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), Not(IsOk()));
  steps_.Heal("Classify");
  steps_.ForgetRuns();
  store_->FailWith(absl::UnavailableError("away"));
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("Classify"), 1);
  EXPECT_EQ(store_->loads(), 0);
  store_->FailWith(absl::OkStatus());
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(memory_->Load("film"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(
      memory_->Executions("film", 10),
      IsOkAndHolds(ElementsAre(AllOf(Field(&ExecutionRecord::state, ExecutionState::kSucceeded),
                                     Field(&ExecutionRecord::attempt, 2)),
                               AllOf(Field(&ExecutionRecord::state, ExecutionState::kFailed),
                                     Field(&ExecutionRecord::failed_step, "Classify"),
                                     Field(&ExecutionRecord::error, HasSubstr("it is broken"))))));
}

TEST_F(EngineTest, ResumesFromTheStoreWhatDidNotStayInMemory) {
  EngineOptions options = Options();
  options.memory_bytes = 0;
  engine_ = StartEngine(store_, options);
  const Graph graph = steps_.Build();
  steps_.Fail("Classify");
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), Not(IsOk()));
  steps_.Heal("Classify");
  steps_.ForgetRuns();
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(store_->loads(), 1);
}

TEST_F(EngineTest, ResumesAFailedExecutionInAnotherProcess) {
  const Graph graph = steps_.Build();
  steps_.Fail("Tag");
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), Not(IsOk()));
  engine_->Stop();
  steps_.Heal("Tag");
  steps_.ForgetRuns();
  const auto next = StartEngine();
  EXPECT_THAT(next->Abandoned(),
              IsOkAndHolds(ElementsAre(Field(&ExecutionRecord::workflow_id, "film"))));
  EXPECT_THAT(Execute(*next, graph, "film", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("Tag"), 1);
}

TEST_F(EngineTest, DoesNotLookWhenItIsToldNotTo) {
  const Graph graph = steps_.Build();
  CrashIn("Tag", graph, "film", 603);
  steps_.ForgetRuns();
  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*next, graph, "film", 603, Resume::kNever), IsOk());
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
  Release();
}

TEST_F(EngineTest, LooksWhereItIsToldToThoughNothingIsKnown) {
  const auto early = StartEngine(memory_, Options());  // before there was anything to know
  const Graph graph = steps_.Build();
  CrashIn("Tag", graph, "film", 603);
  steps_.ForgetRuns();
  EXPECT_THAT(Execute(*early, graph, "film", 603, Resume::kAlways), IsOk());
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  Release();
}

TEST_F(EngineTest, OnlyOneOfTwoEnginesResumesAWorkflow) {
  const Graph graph = steps_.Build();
  CrashIn("Tag", graph, "film", 603);
  const auto a = StartEngine(memory_, Options());
  const auto b = StartEngine(memory_, Options());
  Gate reached;
  Gate go_on;
  steps_.Set("Tag", [&](ExecCtx&) {
    reached.Open();
    go_on.Wait();
    return absl::OkStatus();
  });
  std::thread first([&] { EXPECT_THAT(Execute(*a, graph, "film", 603), IsOk()); });
  reached.Wait();
  EXPECT_THAT(
      Execute(*b, graph, "film", 603),
      StatusIs(absl::StatusCode::kAborted, HasSubstr("workflow film belongs to execution ")));
  go_on.Open();
  first.join();
  Release();
}

TEST_F(EngineTest, StopsAnExecutionWhoseWorkflowBelongsToAnother) {
  const Graph graph = steps_.Build();
  const auto other = StartEngine(memory_, Options());
  Gate reached;
  Gate go_on;
  const auto hold = [&](ExecCtx&) {
    reached.Open();
    go_on.Wait();
    return absl::OkStatus();
  };
  steps_.Set("Tag", hold);
  std::thread first([&] { EXPECT_THAT(Execute(*engine_, graph, "film", 603), IsOk()); });
  reached.Wait();
  ASSERT_THAT(engine_->Flush(), IsOk());
  steps_.Set("Tag", [](ExecCtx&) { return absl::OkStatus(); });
  // The second lasts until its first results have been refused.
  steps_.Set("Classify", [&](ExecCtx&) { return other->Flush(); });
  EXPECT_THAT(Execute(*other, graph, "film", 603), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(other->stats().executions_lost, 1);
  go_on.Open();
  first.join();
}

TEST_F(EngineTest, RecomputesWhatWasTamperedWith) {
  const Graph graph = steps_.Build();
  CrashIn("Tag", graph, "film", 603);
  // The owner is dead, so that another execution may write.
  StoreWrite write;
  write.starts.push_back({.execution_id = "00000000-0000-7000-8000-000000000001",
                          .workflow_id = "film",
                          .owner_id = "",
                          .graph = "",
                          .fingerprint = "",
                          .output_type = "",
                          .attempt = 2,
                          .started_at = absl::Now()});
  absl::StatusOr<std::vector<Checkpoint>> checkpoints = memory_->Load("film");
  ASSERT_THAT(checkpoints, IsOkAndHolds(SizeIs(4)));
  for (Checkpoint& checkpoint : *checkpoints) {
    checkpoint.payload += "x";
    write.checkpoints.push_back({"00000000-0000-7000-8000-000000000001", checkpoint});
  }
  ASSERT_THAT(memory_->Write(write), IsOk());
  steps_.ForgetRuns();
  const auto next = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*next, graph, "film", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
  EXPECT_GE(next->stats().checkpoints_damaged, 1);
  Release();
}

TEST_F(EngineTest, GivesEachTryOfAStepTheSameIdempotencyKey) {
  const Graph graph = steps_.Build(
      {{"Tag", {.retry = RetryPolicy::Fixed({.attempts = 3, .delay = absl::ZeroDuration()})}}});
  std::vector<std::string> keys;
  steps_.Set("Tag", [&](ExecCtx& ctx) {
    keys.push_back(ctx.IdempotencyKey());
    return absl::UnavailableError("again");
  });
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), Not(IsOk()));
  EXPECT_THAT(Execute(*engine_, graph, "film", 603), Not(IsOk()));
  engine_->Stop();
  const auto next = StartEngine();
  EXPECT_THAT(Execute(*next, graph, "film", 603), Not(IsOk()));
  ASSERT_THAT(keys, SizeIs(9));
  for (const std::string& key : keys) EXPECT_EQ(key, keys.front());
  EXPECT_THAT(Execute(*next, graph, "film-2", 603), Not(IsOk()));
  EXPECT_NE(keys.back(), keys.front());
  EXPECT_THAT(Execute(*next, graph, "film", 604), Not(IsOk()));
  EXPECT_NE(keys.back(), keys.front());
}

TEST_F(EngineTest, RefusesASecondExecuteWithOneContext) {
  const Graph graph = steps_.Build();
  ExecCtx ctx = engine_->NewExecution({.workflow_id = "film"});
  ASSERT_THAT(graph.Execute<film::TagSet>(ctx, FilmId(1)), IsOk());
  EXPECT_THAT(graph.Execute<film::TagSet>(ctx, FilmId(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("NewExecution")));
}

TEST_F(EngineTest, RefusesWrongIdsWhenItExecutes) {
  const Graph graph = steps_.Build();
  EXPECT_THAT(Execute(*engine_, graph, "", 1), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Execute(*engine_, graph, std::string(1 << 20, 'x'), 1),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Execute(*engine_, graph, std::string("a\0b", 3), 1),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ExecCtx ctx =
      engine_->NewExecution({.workflow_id = "film", .context = {.execution_id = "seven"}});
  EXPECT_THAT(graph.Execute<film::TagSet>(ctx, FilmId(1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UUID")));
}

TEST_F(EngineTest, RestoresTheStepsOfANestedExecution) {
  const Graph inner = steps_.Build();
  std::atomic<int> outer_runs{0};
  const absl::StatusOr<Graph> outer =
      GraphBuilder("outer")
          .Input<film::MovieId>()
          .Add([&](ExecCtx& ctx, const film::MovieId& id) -> absl::StatusOr<film::TagSet> {
            absl::StatusOr<film::TagSet> tags = inner.Execute<film::TagSet>(ctx, id);
            if (++outer_runs == 1) return absl::InternalError("after the nested one");
            return tags;
          })
          .Build();
  ASSERT_THAT(outer, IsOk());
  steps_.Fail("Tag");
  EXPECT_THAT(Execute(*engine_, *outer, "film", 603), Not(IsOk()));
  steps_.Heal("Tag");
  steps_.ForgetRuns();
  EXPECT_THAT(Execute(*engine_, *outer, "film", 603), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("Tag"), 1);
}

TEST_F(EngineTest, ServesManyThreadsAtOnce) {
  engine_ = StartEngine(store_, {.flush_interval = absl::Milliseconds(1)});
  const Graph graph = steps_.Build();
  std::atomic<int> calls{0};
  steps_.Set("Classify", [&](ExecCtx& ctx) {
    const int call = ++calls;
    if (call % 7 == 0) return absl::Status(absl::InternalError("now and then"));
    return call % 5 == 0 ? ctx.SleepFor(absl::Milliseconds(3)) : absl::OkStatus();
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const int64_t film = t * 1000 + i;
        const std::string workflow = "film-" + std::to_string(film);
        absl::StatusOr<film::TagSet> tags = Execute(*engine_, graph, workflow, film);
        while (!tags.ok()) tags = Execute(*engine_, graph, workflow, film);
        EXPECT_THAT(*tags, EqualsProto(TagsOf(film)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(engine_->Abandoned(), IsOkAndHolds(IsEmpty()));
  EXPECT_EQ(engine_->stats().executions_lost, 0);
}

TEST(EngineStart, RefusesWhatMakesNoSense) {
  EXPECT_THAT(Engine::Start(nullptr), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      Engine::Start(std::make_shared<MemoryStore>(), {.flush_interval = absl::ZeroDuration()}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("flush_interval")));
  EXPECT_THAT(Engine::Start(std::make_shared<MemoryStore>(), {.lease = absl::Seconds(-1)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("lease")));
}

}  // namespace
}  // namespace protograph
