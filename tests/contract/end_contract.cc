// Ends: success takes everything of the workflow with it, failure leaves it to the next execution.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(EndContract, SuccessRemovesTheCheckpointsAndIsLogged) {
  const Execution run = BeginWithCheckpoint("film");
  const Execution other = BeginWithCheckpoint("other");
  EXPECT_THAT(Write(run.Succeed()).refused, IsEmpty());
  EXPECT_THAT(Load("film"), IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kSucceeded)));
  EXPECT_THAT(Load("other"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Executions("other"), ElementsAre(IsOf(other, ExecutionState::kRunning)));
}

TEST_P(EndContract, SuccessRemovesWhatEarlierExecutionsLeft) {
  const Execution failed = FailWithCheckpoint("film");
  const Execution run = Begin("film");
  EXPECT_THAT(Write(run.Keep(2, "b"), run.Succeed()).refused, IsEmpty());
  EXPECT_THAT(Load("film"), IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kSucceeded),
                                              IsOf(failed, ExecutionState::kFailed)));
}

TEST_P(EndContract, SuccessMayKeepTheResultsOfExecutions) {
  const Execution run = BeginWithCheckpoint("film");
  Checkpoint result = MovieCheckpoint(9, "the result");
  result.step = "";
  ExecutionEnd end = run.Succeed();
  end.keeps_results = true;
  EXPECT_THAT(Write(run.Keep(result), end).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("the result")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kSucceeded)));
  EXPECT_THAT(Resumable(), IsEmpty());
  // Said again, it changes nothing.
  EXPECT_THAT(Write(run.Keep(result), end).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("the result")));
}

TEST_P(EndContract, KeptResultsGoWithTheNextSuccess) {
  const Execution run = Begin("film");
  Checkpoint result = MovieCheckpoint(9, "the result");
  result.step = "";
  ExecutionEnd end = run.Succeed();
  end.keeps_results = true;
  Write(run.Keep(result), end);
  const Execution next = Begin("film");
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("the result")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(next, ExecutionState::kRunning),
                                              IsOf(run, ExecutionState::kSucceeded)));
  EXPECT_THAT(Write(next.Succeed()).refused, IsEmpty());
  EXPECT_THAT(Load("film"), IsEmpty());
}

TEST_P(EndContract, SuccessGivesTheWorkflowBack) {
  const Execution run = Begin("film");
  Write(run.Succeed());
  Begin("film");
}

TEST_P(EndContract, FailureKeepsTheCheckpointsAndIsLogged) {
  const Execution run = FailWithCheckpoint("film");
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kFailed)));
}

TEST_P(EndContract, FailureGivesTheWorkflowBack) {
  const Execution failed = FailWithCheckpoint("film");
  const Execution next = Begin("film", NewOwner());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
  // The one that failed is over, whoever has the workflow now.
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(next, ExecutionState::kRunning),
                                              IsOf(failed, ExecutionState::kFailed)));
}

TEST_P(EndContract, WhatHasEndedWritesNothingMore) {
  const Execution failed = FailWithCheckpoint("film");
  EXPECT_THAT(Write(failed.Keep(2, "late")).refused, ElementsAre(failed.execution_id));
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
  const Execution succeeded = Begin("other");
  Write(succeeded.Succeed());
  EXPECT_THAT(Write(succeeded.Keep(2, "late")).refused, ElementsAre(succeeded.execution_id));
  EXPECT_THAT(Load("other"), IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(failed, ExecutionState::kFailed)));
  EXPECT_THAT(Executions("other"), ElementsAre(IsOf(succeeded, ExecutionState::kSucceeded)));
}

TEST_P(EndContract, AnEndIsNotTakenBack) {
  const Execution failed = FailWithCheckpoint("film");
  EXPECT_THAT(Write(failed.Succeed()).refused, ElementsAre(failed.execution_id));
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(failed, ExecutionState::kFailed)));
  const Execution succeeded = Begin("other");
  Write(succeeded.Succeed());
  EXPECT_THAT(Write(succeeded.Fail()).refused, ElementsAre(succeeded.execution_id));
  EXPECT_THAT(Executions("other"), ElementsAre(IsOf(succeeded, ExecutionState::kSucceeded)));
}

TEST_P(EndContract, AnUnknownExecutionIsRefused) {
  const Execution holder = BeginWithCheckpoint("film");
  const Execution unknown = NewExecution("film");
  EXPECT_THAT(Write(unknown.Succeed()).refused, ElementsAre(unknown.execution_id));
  EXPECT_THAT(Write(unknown.Fail()).refused, ElementsAre(unknown.execution_id));
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(holder, ExecutionState::kRunning)));
  const Execution of_nothing = NewExecution("nothing");
  EXPECT_THAT(Write(of_nothing.Fail()).refused, ElementsAre(of_nothing.execution_id));
  EXPECT_THAT(Executions("nothing"), IsEmpty());
}

TEST_P(EndContract, AnExecutionEndsOnlyItsOwnWorkflow) {
  const Execution mine = Begin("mine");
  const Execution others = BeginWithCheckpoint("others");
  Execution stray = mine;
  stray.workflow_id = "others";
  EXPECT_THAT(Write(stray.Succeed()).refused, ElementsAre(mine.execution_id));
  EXPECT_THAT(Load("others"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Executions("mine"), ElementsAre(IsOf(mine, ExecutionState::kRunning)));
  EXPECT_THAT(Executions("others"), ElementsAre(IsOf(others, ExecutionState::kRunning)));
}

TEST_P(EndContract, OnlySuccessAndFailureAreEnds) {
  const Execution run = Begin("film");
  for (const ExecutionState state : {ExecutionState::kRunning, ExecutionState::kAbandoned}) {
    ExecutionEnd end = run.Succeed();
    end.state = state;
    EXPECT_THAT(store().Write(WriteOf(end)), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kRunning)));
}

TEST_P(EndContract, StartCheckpointsAndSuccessMayBeInOneWrite) {
  const Execution run = NewExecution("film");
  const StoreWriteResult result =
      Write(run.Start(), run.Keep(1, "a"), run.Keep(2, "b"), run.Succeed());
  EXPECT_THAT(result.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_THAT(result.refused, IsEmpty());
  EXPECT_THAT(Load("film"), IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kSucceeded)));
}

TEST_P(EndContract, StartCheckpointsAndFailureMayBeInOneWrite) {
  const Execution run = NewExecution("film");
  const StoreWriteResult result = Write(run.Start(), run.Keep(1, "a"), run.Fail());
  EXPECT_THAT(result.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_THAT(result.refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("a")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kFailed)));
}

TEST_P(EndContract, EndsOfManyExecutionsMayBeInOneWrite) {
  StoreWrite starts;
  StoreWrite ends;
  const std::vector<std::string> workflows = Numbered("film ", 300);
  for (size_t i = 0; i < workflows.size(); ++i) {
    const Execution run = NewExecution(workflows[i]);
    Append(starts, run.Start());
    Append(starts, run.Keep(1, "a"));
    Append(ends, i % 2 == 0 ? run.Succeed() : run.Fail());
  }
  WriteAll(starts);
  EXPECT_THAT(WriteAll(ends).refused, IsEmpty());
  for (size_t i = 0; i < workflows.size(); ++i) {
    EXPECT_EQ(Load(workflows[i]).size(), i % 2) << workflows[i];
  }
}

}  // namespace
}  // namespace protograph
