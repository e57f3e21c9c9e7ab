// Executions that meet another one of their workflow.

#include <memory>
#include <string>
#include <thread>
#include <utility>
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BusyTest : public EngineTest {
 protected:
  // Another process, with its own way to the store.
  struct Process {
    std::shared_ptr<FaultyStore> store;
    std::unique_ptr<Engine> engine;
  };
  Process StartProcess() {
    auto store = std::make_shared<FaultyStore>(memory_);
    std::unique_ptr<Engine> engine = StartEngine(store, Options());
    return {std::move(store), std::move(engine)};
  }

  absl::StatusOr<film::TagSet> Execute(Engine& engine, WhenBusy when_busy, int64_t film = 603,
                                       ExecOptions context = {}) {
    ExecCtx ctx = engine.NewExecution(
        {.workflow_id = "film", .when_busy = when_busy, .context = std::move(context)});
    return graph_.Execute<film::TagSet>(ctx, FilmId(film));
  }

  // An execution that is in its last step until `go_on` opens, and ends then as `end` says.
  std::thread Occupy(WhenBusy when_busy, absl::Status end = absl::OkStatus()) {
    Gate reached;
    steps_.Set("Tag", [&reached, this, end = std::move(end)](ExecCtx&) {
      reached.Open();
      go_on_.Wait();
      return end;
    });
    std::thread executing([this, when_busy] { Execute(*engine_, when_busy).IgnoreError(); });
    reached.Wait();
    steps_.Heal("Tag");
    return executing;
  }

  static void AwaitQuestion(const Process& process) {
    while (process.store->writes() == 0) absl::SleepFor(absl::Milliseconds(1));
  }

  // One that waits for such a first execution runs its steps itself.
  void ExpectToRunAfter(WhenBusy first_mode, int64_t film) {
    std::thread first = Occupy(first_mode);
    const Process second = StartProcess();
    std::thread waiting([&] {
      EXPECT_THAT(Execute(*second.engine, WhenBusy::kWait, film),
                  IsOkAndHolds(EqualsProto(TagsOf(film))));
    });
    AwaitQuestion(second);
    go_on_.Open();
    first.join();
    waiting.join();
    EXPECT_EQ(second.engine->stats().results_taken, 0);
    EXPECT_EQ(steps_.Runs("Tag"), 2);
  }

  Graph graph_ = steps_.Build();
  Gate go_on_;
};

TEST_F(BusyTest, FailsBeforeTheFirstStepAndSaysWhoHasTheWorkflow) {
  std::thread first = Occupy(WhenBusy::kFail);
  const Process second = StartProcess();
  EXPECT_THAT(
      Execute(*second.engine, WhenBusy::kFail),
      StatusIs(absl::StatusCode::kAborted,
               AllOf(HasSubstr("workflow film belongs to execution "),
                     HasSubstr("owner " + store_->owner_id()), HasSubstr("WhenBusy::kWait"))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
  EXPECT_EQ(second.engine->stats().executions_lost, 1);
  go_on_.Open();
  first.join();
  // It has given the workflow back.
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(Execute(*second.engine, WhenBusy::kFail), IsOkAndHolds(EqualsProto(TagsOf(603))));
  ASSERT_THAT(second.engine->Flush(), IsOk());
  EXPECT_THAT(memory_->Load("film"), IsOkAndHolds(IsEmpty()));
}

TEST_F(BusyTest, SeveralWaitAndTakeTheResultOfTheFirst) {
  std::thread first = Occupy(WhenBusy::kWait);
  std::vector<Process> processes;
  std::vector<std::thread> waiting;
  for (int i = 0; i < 4; ++i) processes.push_back(StartProcess());
  for (const Process& process : processes) {
    waiting.emplace_back([&] {
      EXPECT_THAT(Execute(*process.engine, WhenBusy::kWait),
                  IsOkAndHolds(EqualsProto(TagsOf(603))));
    });
  }
  for (const Process& process : processes) AwaitQuestion(process);
  go_on_.Open();
  first.join();
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(steps_.Runs("FetchMovie"), 1);
  EXPECT_EQ(steps_.Runs("Tag"), 1);
  for (const Process& process : processes) {
    EXPECT_EQ(process.engine->stats().results_taken, 1);
    EXPECT_EQ(process.engine->stats().executions_lost, 0);
  }
  // A kept result is nothing to resume, and nothing that a later execution takes.
  EXPECT_THAT(engine_->Abandoned(), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Execute(*engine_, WhenBusy::kContend), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("Tag"), 2);
}

TEST_F(BusyTest, WaitsAndGoesOnWhereTheFirstHasFailed) {
  std::thread first = Occupy(WhenBusy::kWait, absl::InternalError("broken"));
  const Process second = StartProcess();
  std::thread waiting([&] {
    EXPECT_THAT(Execute(*second.engine, WhenBusy::kWait), IsOkAndHolds(EqualsProto(TagsOf(603))));
  });
  AwaitQuestion(second);
  go_on_.Open();
  first.join();
  waiting.join();
  EXPECT_EQ(steps_.Runs("Classify"), 1);
  EXPECT_EQ(steps_.Runs("Tag"), 2);
  EXPECT_EQ(second.engine->stats().steps_restored, 4);
  EXPECT_EQ(second.engine->stats().results_taken, 0);
}

TEST_F(BusyTest, WaitsAndRunsWhereTheFirstHadOtherInputs) {
  ExpectToRunAfter(WhenBusy::kWait, 604);
}

TEST_F(BusyTest, WaitsAndRunsWhereTheFirstKeptNoResult) { ExpectToRunAfter(WhenBusy::kFail, 603); }

TEST_F(BusyTest, WaitsNoLongerThanItsContextAllows) {
  std::thread first = Occupy(WhenBusy::kWait);
  const Process second = StartProcess();
  EXPECT_THAT(Execute(*second.engine, WhenBusy::kWait, 603,
                      {.deadline = absl::Now() + absl::Milliseconds(50)}),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("waited for workflow film, which another execution has")));
  go_on_.Open();
  first.join();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(memory_->Executions("film", 10), IsOkAndHolds(::testing::SizeIs(1)));
}

TEST_F(BusyTest, TakesOverFromAProcessThatWasKilled) {
  CrashIn("Tag", graph_, "film", 603);
  steps_.ForgetRuns();
  const Process second = StartProcess();
  EXPECT_THAT(Execute(*second.engine, WhenBusy::kWait), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(steps_.Runs("FetchMovie"), 0);
  EXPECT_EQ(steps_.Runs("Tag"), 1);
  Release();
}

TEST_F(BusyTest, ADamagedResultIsMadeAgain) {
  std::thread first = Occupy(WhenBusy::kWait);
  const Process second = StartProcess();
  go_on_.Open();
  first.join();
  ASSERT_THAT(engine_->Flush(), IsOk());
  absl::StatusOr<std::vector<Checkpoint>> kept = memory_->Load("film");
  ASSERT_THAT(kept, IsOkAndHolds(::testing::SizeIs(1)));
  const std::string id = "00000000-0000-7000-8000-000000000001";
  StoreWrite damage;
  damage.starts.push_back({.execution_id = id,
                           .workflow_id = "film",
                           .owner_id = "",
                           .graph = "",
                           .fingerprint = "",
                           .output_type = "",
                           .attempt = 1,
                           .started_at = absl::Now()});
  kept->front().payload += "x";
  damage.checkpoints.push_back({id, kept->front()});
  ASSERT_THAT(memory_->Write(damage), IsOk());
  ExecCtx ctx = second.engine->NewExecution({.workflow_id = "film", .resume = Resume::kAlways});
  EXPECT_THAT(graph_.Execute<film::TagSet>(ctx, FilmId(603)),
              IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(second.engine->stats().checkpoints_damaged, 1);
  EXPECT_EQ(steps_.Runs("Tag"), 2);
}

TEST_F(BusyTest, TakesNoResultThatStepsOfOtherVersionsMade) {
  std::thread first = Occupy(WhenBusy::kWait);
  go_on_.Open();
  first.join();
  ASSERT_THAT(engine_->Flush(), IsOk());
  const Graph changed = steps_.Build({{"Classify", {.version = 2}}});
  ASSERT_EQ(changed.fingerprint(), graph_.fingerprint());
  const Process second = StartProcess();
  ExecCtx ctx = second.engine->NewExecution({.workflow_id = "film", .resume = Resume::kAlways});
  EXPECT_THAT(changed.Execute<film::TagSet>(ctx, FilmId(603)), IsOk());
  EXPECT_EQ(second.engine->stats().results_taken, 0);
  EXPECT_EQ(steps_.Runs("Classify"), 2);
}

TEST_F(BusyTest, AResumedExecutionTakesAKeptResult) {
  std::thread first = Occupy(WhenBusy::kWait);
  go_on_.Open();
  first.join();
  ASSERT_THAT(engine_->Flush(), IsOk());
  const Process second = StartProcess();
  ExecCtx ctx = second.engine->NewExecution({.workflow_id = "film", .resume = Resume::kAlways});
  EXPECT_THAT(graph_.Execute<film::TagSet>(ctx, FilmId(603)),
              IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_EQ(second.engine->stats().results_taken, 1);
  EXPECT_EQ(steps_.Runs("Tag"), 1);
}

}  // namespace
}  // namespace protograph
