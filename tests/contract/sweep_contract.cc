// Sweeps: what is old goes, a batch at a time, and what is young or running stays.

#include <string>

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
using ::testing::SizeIs;

Retention WithCheckpointsFor(absl::Duration age) {
  Retention retention = KeepEverything();
  retention.checkpoints = age;
  return retention;
}

Retention WithExecutionsFor(absl::Duration age) {
  Retention retention = KeepEverything();
  retention.executions = age;
  return retention;
}

Retention WithOwnersFor(absl::Duration age) {
  Retention retention = KeepEverything();
  retention.owners = age;
  return retention;
}

TEST_P(SweepContract, AnEmptyStoreHasNothingToRemove) {
  const SweepResult result = Sweep({});
  EXPECT_EQ(result.checkpoints, 0);
  EXPECT_EQ(result.executions, 0);
  EXPECT_EQ(result.owners, 0);
  EXPECT_EQ(result.abandoned, 0);
  EXPECT_FALSE(result.more);
}

TEST_P(SweepContract, WhatIsYoungStays) {
  const Execution failed = FailWithCheckpoint("failed");
  const Execution succeeded = Begin("succeeded");
  Write(succeeded.Succeed());
  const std::string dead = NewOwner();
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  LetAMomentPass();
  for (const Retention& retention :
       {KeepEverything(), Retention{.checkpoints = absl::InfiniteDuration(),
                          .executions = absl::InfiniteDuration(),
                          .owners = absl::InfiniteDuration()}}) {
    const SweepResult result = SweepAll(retention);
    EXPECT_EQ(result.checkpoints, 0);
    EXPECT_EQ(result.executions, 0);
    EXPECT_EQ(result.owners, 0);
    EXPECT_EQ(result.abandoned, 0);
  }
  EXPECT_THAT(Load("failed"), SizeIs(1));
  EXPECT_THAT(Resumable(), ElementsAre(IsOf(failed, ExecutionState::kFailed)));
  EXPECT_THAT(Executions("succeeded"), ElementsAre(IsOf(succeeded, ExecutionState::kSucceeded)));
}

TEST_P(SweepContract, WhatRunsStaysHoweverOld) {
  FailWithCheckpoint("resumed");
  const Execution resumed = Begin("resumed");
  const Execution running = BeginWithCheckpoint("running");
  LetAMomentPass();
  const SweepResult result =
      SweepAll({.checkpoints = kMoment, .executions = kMoment, .owners = kMoment});
  EXPECT_EQ(result.checkpoints, 0);
  EXPECT_EQ(result.owners, 0);
  EXPECT_EQ(result.abandoned, 0);
  EXPECT_THAT(Load("resumed"), SizeIs(1));
  EXPECT_THAT(Load("running"), SizeIs(1));
  // Of the workflow that is resumed, the first execution is over and old.
  EXPECT_EQ(result.executions, 1);
  EXPECT_THAT(Executions("resumed"), ElementsAre(IsOf(resumed, ExecutionState::kRunning)));
  EXPECT_THAT(Executions("running"), ElementsAre(IsOf(running, ExecutionState::kRunning)));
  EXPECT_THAT(Write(resumed.Keep(2, "b"), running.Keep(2, "b")).refused, IsEmpty());
}

TEST_P(SweepContract, OldCheckpointsGoAndTheWorkflowCannotBeResumedAnyMore) {
  const Execution failed = FailWithCheckpoint("failed");
  const Execution without = Begin("without checkpoints");
  Write(without.Fail());
  LetAMomentPass();
  const SweepResult result = SweepAll(WithCheckpointsFor(kMoment));
  EXPECT_EQ(result.checkpoints, 1);
  EXPECT_EQ(result.executions, 0);
  EXPECT_THAT(Load("failed"), IsEmpty());
  EXPECT_THAT(Resumable(), IsEmpty());
  EXPECT_THAT(Executions("failed"), ElementsAre(IsOf(failed, ExecutionState::kFailed)));
  // It may be done from the beginning.
  BeginWithCheckpoint("failed");
}

TEST_P(SweepContract, TheNextExecutionMakesCheckpointsYoungAgain) {
  FailWithCheckpoint("film");
  LetAMomentPass();
  const Execution next = Begin("film");
  Write(next.Fail());
  EXPECT_EQ(SweepAll(WithCheckpointsFor(kLong)).checkpoints, 0);
  LetAMomentPass();
  EXPECT_EQ(SweepAll(WithCheckpointsFor(kMoment)).checkpoints, 1);
}

TEST_P(SweepContract, KeptResultsGoAndTheirExecutionAfterThem) {
  const Execution run = Begin("film");
  Checkpoint result = MovieCheckpoint(9, "the result");
  result.step = "";
  ExecutionEnd end = run.Succeed();
  end.keeps_results = true;
  Write(run.Keep(result), end);
  LetAMomentPass();
  EXPECT_EQ(SweepAll(WithCheckpointsFor(kLong)).checkpoints, 0);
  EXPECT_EQ(SweepAll(WithCheckpointsFor(kMoment)).checkpoints, 1);
  EXPECT_THAT(Load("film"), IsEmpty());
  EXPECT_EQ(SweepAll(WithExecutionsFor(kMoment)).executions, 1);
  EXPECT_THAT(Executions("film"), IsEmpty());
}

TEST_P(SweepContract, CheckpointsGoABatchAtATime) {
  const Execution one = Begin("one");
  const Execution two = Begin("two");
  Write(one.Keep(1, "a"), one.Keep(2, "b"), one.Keep(3, "c"), one.Fail());
  Write(two.Keep(1, "d"), two.Keep(2, "e"), two.Fail());
  LetAMomentPass();
  Retention retention = WithCheckpointsFor(kMoment);
  retention.batch = 2;
  const SweepResult first = Sweep(retention);
  EXPECT_EQ(first.checkpoints, 2);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(Load("one").size() + Load("two").size(), 3);
  const SweepResult second = Sweep(retention);
  EXPECT_EQ(second.checkpoints, 2);
  EXPECT_TRUE(second.more);
  EXPECT_EQ(SweepAll(retention).checkpoints, 1);
  EXPECT_THAT(Load("one"), IsEmpty());
  EXPECT_THAT(Load("two"), IsEmpty());
  EXPECT_THAT(Resumable(), IsEmpty());
}

TEST_P(SweepContract, WorkflowsWithoutCheckpointsAreForgottenABatchAtATime) {
  for (const std::string& workflow : Numbered("film ", 5)) {
    const Execution run = NewExecution(workflow);
    Write(run.Start(), run.Fail());
  }
  LetAMomentPass();
  Retention retention = WithCheckpointsFor(kMoment);
  retention.batch = 2;
  SweepAll(retention);
  EXPECT_THAT(Resumable(), IsEmpty());
}

TEST_P(SweepContract, WhatRunsUnderADeadOwnerIsLoggedAsAbandoned) {
  const Execution lost = BeginWithCheckpoint("lost", NewOwner());
  const Execution running = BeginWithCheckpoint("running");
  ASSERT_THAT(store().DeclareDead(lost.owner_id), IsOk());
  const SweepResult result = SweepAll(KeepEverything());
  EXPECT_EQ(result.abandoned, 1);
  EXPECT_THAT(Executions("lost"), ElementsAre(IsOf(lost, ExecutionState::kAbandoned)));
  EXPECT_TRUE(Executions("lost")[0].ended_at.has_value());
  EXPECT_THAT(Executions("running"), ElementsAre(IsOf(running, ExecutionState::kRunning)));
  // For the next one.
  EXPECT_THAT(Load("lost"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_EQ(SweepAll(KeepEverything()).abandoned, 0);
}

TEST_P(SweepContract, WhatWasLoggedAsAbandonedIsRefusedEvenIfNobodyTookItsWorkflow) {
  const Execution lost = Begin("film", NewOwner());
  ASSERT_THAT(store().Heartbeat(lost.owner_id, kMoment), IsOk());
  LetAMomentPass();
  ASSERT_EQ(SweepAll(KeepEverything()).abandoned, 1);
  ASSERT_THAT(store().Heartbeat(lost.owner_id, kLong), IsOk());
  EXPECT_THAT(Write(lost.Keep(1, "late")).refused, ElementsAre(lost.execution_id));
  EXPECT_THAT(Write(lost.Start()).refused, ElementsAre(lost.execution_id));
  EXPECT_THAT(Write(lost.Succeed()).refused, ElementsAre(lost.execution_id));
  EXPECT_THAT(Load("film"), IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(lost, ExecutionState::kAbandoned)));
}

TEST_P(SweepContract, ExecutionsAreAbandonedABatchAtATime) {
  const std::string dead = NewId();
  for (const std::string& workflow : Numbered("film ", 5)) Begin(workflow, dead);
  Retention retention = KeepEverything();
  retention.batch = 2;
  const SweepResult first = Sweep(retention);
  EXPECT_EQ(first.abandoned, 2);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(SweepAll(retention).abandoned, 3);
  EXPECT_THAT(Resumable(), SizeIs(5));
}

TEST_P(SweepContract, CheckpointsOfTheAbandonedAgeFromWhenTheyWereFound) {
  const Execution lost = BeginWithCheckpoint("film", NewOwner());
  ASSERT_THAT(store().DeclareDead(lost.owner_id), IsOk());
  SweepAll(KeepEverything());
  LetAMomentPass();
  EXPECT_EQ(SweepAll(WithCheckpointsFor(kLong)).checkpoints, 0);
  EXPECT_EQ(SweepAll(WithCheckpointsFor(kMoment)).checkpoints, 1);
  EXPECT_THAT(Load("film"), IsEmpty());
}

TEST_P(SweepContract, OldExecutionsGoFromTheLog) {
  const Execution run = Begin("film");
  Write(run.Succeed());
  LetAMomentPass();
  const SweepResult result = SweepAll(WithExecutionsFor(kMoment));
  EXPECT_EQ(result.executions, 1);
  EXPECT_THAT(Executions("film"), IsEmpty());
}

TEST_P(SweepContract, TheAgeOfAnExecutionIsNotByItsProcessesClock) {
  const Execution run = NewExecution("film");
  ExecutionStart start = run.Start();
  start.started_at = absl::FromUnixSeconds(0);
  ExecutionEnd end = run.Succeed();
  end.ended_at = absl::FromUnixSeconds(1);
  Write(start, end);
  EXPECT_EQ(SweepAll(WithExecutionsFor(kLong)).executions, 0);
}

TEST_P(SweepContract, TheLastExecutionOfWhatCanBeResumedStaysInTheLog) {
  FailWithCheckpoint("film");
  const Execution last = FailWithCheckpoint("film");
  LetAMomentPass();
  EXPECT_EQ(SweepAll(WithExecutionsFor(kMoment)).executions, 1);
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(last, ExecutionState::kFailed)));
  EXPECT_THAT(Resumable(), ElementsAre(IsOf(last, ExecutionState::kFailed)));
  EXPECT_EQ(SweepAll(WithCheckpointsFor(kMoment)).checkpoints, 1);
  EXPECT_EQ(SweepAll(WithExecutionsFor(kMoment)).executions, 1);
  EXPECT_THAT(Executions("film"), IsEmpty());
}

TEST_P(SweepContract, ExecutionsGoABatchAtATime) {
  for (int i = 0; i < 5; ++i) {
    const Execution run = NewExecution("film");
    Write(run.Start(), run.Succeed());
  }
  LetAMomentPass();
  Retention retention = WithExecutionsFor(kMoment);
  retention.batch = 2;
  const SweepResult first = Sweep(retention);
  EXPECT_EQ(first.executions, 2);
  EXPECT_TRUE(first.more);
  EXPECT_THAT(Executions("film"), SizeIs(3));
  EXPECT_EQ(SweepAll(retention).executions, 3);
  EXPECT_THAT(Executions("film"), IsEmpty());
}

TEST_P(SweepContract, OwnersThatDiedLongAgoGo) {
  const std::string declared = NewOwner();
  ASSERT_THAT(store().DeclareDead(declared), IsOk());
  const std::string expired = NewOwner();
  ASSERT_THAT(store().Heartbeat(expired, kMoment), IsOk());
  LetAMomentPass();
  LetAMomentPass();
  EXPECT_EQ(SweepAll(WithOwnersFor(kMoment)).owners, 2);
  EXPECT_THAT(store().Heartbeat(expired, kLong), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store().Heartbeat(declared, kLong), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store().Heartbeat(owner(), kLong), IsOk());
}

TEST_P(SweepContract, OwnersGoABatchAtATime) {
  for (int i = 0; i < 5; ++i) ASSERT_THAT(store().DeclareDead(NewOwner()), IsOk());
  LetAMomentPass();
  Retention retention = WithOwnersFor(kMoment);
  retention.batch = 2;
  const SweepResult first = Sweep(retention);
  EXPECT_EQ(first.owners, 2);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(SweepAll(retention).owners, 3);
}

TEST_P(SweepContract, AnExecutionWhoseOwnerIsGoneIsUnderADeadOne) {
  const Execution lost = Begin("film", NewOwner());
  ASSERT_THAT(store().DeclareDead(lost.owner_id), IsOk());
  LetAMomentPass();
  Sweep(WithOwnersFor(kMoment));
  const Execution next = Begin("film");
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(next, ExecutionState::kRunning),
                                              IsOf(lost, ExecutionState::kAbandoned)));
}

}  // namespace
}  // namespace protograph
