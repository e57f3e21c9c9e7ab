// Claims: a workflow belongs to one execution at a time, and who lost it writes nothing any more.

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_P(ClaimContract, AWorkflowThatIsNobodysIsGranted) {
  const Execution run = NewExecution("film");
  const StoreWriteResult result = Write(run.Start());
  EXPECT_THAT(result.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_THAT(result.refused, IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kRunning)));
}

TEST_P(ClaimContract, AnotherExecutionIsRefusedWhileTheHolderLives) {
  const Execution holder = Begin("film");
  const Execution same_owner = NewExecution("film");
  const Execution other_owner = NewExecution("film", NewOwner());
  const StoreWriteResult result = Write(same_owner.Start());
  EXPECT_THAT(result.claimed, IsEmpty());
  EXPECT_THAT(result.refused, ElementsAre(same_owner.execution_id));
  EXPECT_THAT(Write(other_owner.Start()).refused, ElementsAre(other_owner.execution_id));
  // Nothing was logged of those that never ran.
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(holder, ExecutionState::kRunning)));
}

TEST_P(ClaimContract, OneIsRefusedAndTheOthersOfTheWriteAreNot) {
  Begin("taken");
  const Execution before = NewExecution("before");
  const Execution refused = NewExecution("taken");
  const Execution behind = NewExecution("behind");
  const StoreWriteResult result =
      Write(before.Start(), before.Keep(1, "a"), refused.Start(), refused.Keep(1, "b"),
            refused.Succeed(), behind.Start(), behind.Keep(1, "c"));
  EXPECT_THAT(result.claimed, UnorderedElementsAre(IsClaimOf(before), IsClaimOf(behind)));
  EXPECT_THAT(result.refused, ElementsAre(refused.execution_id));
  EXPECT_THAT(Load("before"), ElementsAre(HasPayload("a")));
  EXPECT_THAT(Load("taken"), IsEmpty());
  EXPECT_THAT(Load("behind"), ElementsAre(HasPayload("c")));
}

TEST_P(ClaimContract, OfTwoStartsForOneWorkflowInOneWriteTheFirstWins) {
  // The ids must not decide it.
  const Execution small = NewExecution("one");
  const Execution large = NewExecution("one");
  const Execution other_small = NewExecution("two");
  const Execution other_large = NewExecution("two");
  const StoreWriteResult result =
      Write(small.Start(), large.Start(), large.Keep(1, "lost"), small.Keep(1, "kept"),
            other_large.Start(), other_small.Start());
  EXPECT_THAT(result.claimed, UnorderedElementsAre(IsClaimOf(small), IsClaimOf(other_large)));
  EXPECT_THAT(result.refused, UnorderedElementsAre(large.execution_id, other_small.execution_id));
  EXPECT_THAT(Load("one"), ElementsAre(HasPayload("kept")));
  EXPECT_THAT(Executions("two"), ElementsAre(IsOf(other_large, ExecutionState::kRunning)));
}

TEST_P(ClaimContract, AnEndInTheSameWriteComesAfterTheStarts) {
  const Execution first = NewExecution("film");
  const Execution second = NewExecution("film");
  const StoreWriteResult result = Write(first.Start(), first.Succeed(), second.Start());
  EXPECT_THAT(result.claimed, ElementsAre(IsClaimOf(first)));
  EXPECT_THAT(result.refused, ElementsAre(second.execution_id));
}

TEST_P(ClaimContract, ADeadOwnersWorkflowIsTakenOver) {
  const Execution lost = Begin("film", NewOwner());
  ASSERT_THAT(store().DeclareDead(lost.owner_id), IsOk());
  const Execution next = Begin("film");
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(next, ExecutionState::kRunning),
                                              IsOf(lost, ExecutionState::kAbandoned)));
  EXPECT_TRUE(Executions("film")[1].ended_at.has_value());
}

TEST_P(ClaimContract, AWorkflowIsTakenOverOnceTheLeaseHasRunOut) {
  const Execution lost = Begin("film", NewOwner());
  ASSERT_THAT(store().Heartbeat(lost.owner_id, kMoment), IsOk());
  LetAMomentPass();
  Begin("film");
  EXPECT_THAT(Write(lost.Keep(1, "late")).refused, ElementsAre(lost.execution_id));
}

TEST_P(ClaimContract, AnOwnerNobodyKnowsIsDead) {
  const Execution lost = Begin("film", NewId());
  Begin("film");
  EXPECT_THAT(Write(lost.Succeed()).refused, ElementsAre(lost.execution_id));
}

TEST_P(ClaimContract, ADeadOwnersExecutionGoesOnWhileNobodyTakesItsWorkflow) {
  const Execution late = Begin("film", NewOwner());
  ASSERT_THAT(store().Heartbeat(late.owner_id, kMoment), IsOk());
  LetAMomentPass();
  EXPECT_THAT(Write(late.Keep(1, "late")).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("late")));
  EXPECT_THAT(Write(late.Succeed()).refused, IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(late, ExecutionState::kSucceeded)));
}

TEST_P(ClaimContract, AHeartbeatInTimeKeepsTheWorkflow) {
  const Execution late = Begin("film", NewOwner());
  ASSERT_THAT(store().Heartbeat(late.owner_id, kMoment), IsOk());
  LetAMomentPass();
  ASSERT_THAT(store().Heartbeat(late.owner_id, kLong), IsOk());
  const Execution other = NewExecution("film");
  EXPECT_THAT(Write(other.Start()).refused, ElementsAre(other.execution_id));
}

TEST_P(ClaimContract, TheLosersCheckpointsAndEndsAreRefused) {
  const Execution loser = BeginWithCheckpoint("film", NewOwner());
  ASSERT_THAT(store().DeclareDead(loser.owner_id), IsOk());
  const Execution winner = Begin("film");
  EXPECT_THAT(Write(loser.Keep(1, "overwritten")).refused, ElementsAre(loser.execution_id));
  EXPECT_THAT(Write(loser.Keep(2, "added")).refused, ElementsAre(loser.execution_id));
  EXPECT_THAT(Write(loser.Fail()).refused, ElementsAre(loser.execution_id));
  EXPECT_THAT(Write(loser.Succeed()).refused, ElementsAre(loser.execution_id));
  EXPECT_THAT(Write(loser.Start()).refused, ElementsAre(loser.execution_id));
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(winner, ExecutionState::kRunning),
                                              IsOf(loser, ExecutionState::kAbandoned)));
  EXPECT_THAT(Write(winner.Keep(2, "won")).refused, IsEmpty());
}

TEST_P(ClaimContract, TheLoserIsRefusedOnceForAllThatItHasInAWrite) {
  const Execution loser = Begin("film", NewOwner());
  ASSERT_THAT(store().DeclareDead(loser.owner_id), IsOk());
  const Execution winner = NewExecution("film");
  const StoreWriteResult result =
      Write(winner.Start(), loser.Keep(1, "a"), loser.Keep(2, "b"), loser.Succeed());
  EXPECT_THAT(result.claimed, ElementsAre(IsClaimOf(winner)));
  EXPECT_THAT(result.refused, ElementsAre(loser.execution_id));
  EXPECT_THAT(Load("film"), IsEmpty());
}

TEST_P(ClaimContract, WhoLostOneWorkflowKeepsTheOthers) {
  const std::string dead = NewOwner();
  const Execution lost = Begin("lost", dead);
  const Execution kept = Begin("kept", dead);
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  Begin("lost");
  EXPECT_THAT(Write(lost.Keep(1, "a"), kept.Keep(1, "b")).refused, ElementsAre(lost.execution_id));
  EXPECT_THAT(Load("kept"), ElementsAre(HasPayload("b")));
}

TEST_P(ClaimContract, TheNextOneFindsWhatTheDeadOneLeft) {
  const Execution dead = BeginWithCheckpoint("film", NewOwner());
  ASSERT_THAT(store().DeclareDead(dead.owner_id), IsOk());
  Begin("film");
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
}

TEST_P(ClaimContract, TermsIncreaseWithEveryClaimOnAnyWorkflow) {
  int64_t last = 0;
  for (int round = 0; round < 5; ++round) {
    for (const char* workflow : {"one", "two", "three"}) {
      const Execution run = NewExecution(workflow);
      const StoreWriteResult result = Write(run.Start());
      ASSERT_THAT(result.claimed, ElementsAre(IsClaimOf(run)));
      EXPECT_GT(result.claimed[0].term, last);
      last = result.claimed[0].term;
      EXPECT_EQ(Executions(workflow, 1)[0].term, last);
      ASSERT_THAT(Write(round % 2 == 0 ? run.Fail() : run.Succeed()).refused, IsEmpty());
    }
  }
}

TEST_P(ClaimContract, TermsDifferWithinAWrite) {
  const Execution one = NewExecution("one");
  const Execution two = NewExecution("two");
  const StoreWriteResult result = Write(one.Start(), two.Start());
  ASSERT_THAT(result.claimed, SizeIs(2));
  EXPECT_NE(result.claimed[0].term, result.claimed[1].term);
  const Execution next = NewExecution("three");
  const StoreWriteResult later = Write(next.Start());
  ASSERT_THAT(later.claimed, SizeIs(1));
  EXPECT_GT(later.claimed[0].term, result.claimed[0].term);
  EXPECT_GT(later.claimed[0].term, result.claimed[1].term);
}

TEST_P(ClaimContract, AnEmptyWriteDoesNothing) {
  const StoreWriteResult result = Write();
  EXPECT_THAT(result.claimed, IsEmpty());
  EXPECT_THAT(result.refused, IsEmpty());
}

TEST_P(ClaimContract, OneWriteMayStartManyExecutions) {
  constexpr int kMany = 1000;
  StoreWrite write;
  for (const std::string& workflow : Numbered("film ", kMany)) {
    Append(write, NewExecution(workflow).Start());
  }
  write.synchronous = true;
  const StoreWriteResult result = WriteAll(write);
  EXPECT_THAT(result.claimed, SizeIs(kMany));
  EXPECT_THAT(result.refused, IsEmpty());
  EXPECT_THAT(Executions("film 00999"), SizeIs(1));
}

}  // namespace
}  // namespace protograph
