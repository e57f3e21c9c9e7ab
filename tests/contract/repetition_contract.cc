// Repeated calls: the answer was lost, the caller says it again, and nothing is different.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_P(RepetitionContract, OfAStartIsGrantedWithTheSameTerm) {
  const Execution run = NewExecution("film");
  const StoreWriteResult first = Write(run.Start());
  const StoreWriteResult again = Write(run.Start());
  ASSERT_THAT(first.claimed, ElementsAre(IsClaimOf(run)));
  ASSERT_THAT(again.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_EQ(again.claimed[0].term, first.claimed[0].term);
  EXPECT_THAT(again.refused, IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kRunning)));
}

TEST_P(RepetitionContract, OfAStartUnderADeadOwnerIsGrantedWhileNobodyTookTheWorkflow) {
  const Execution run = Begin("film", NewOwner());
  ASSERT_THAT(store().DeclareDead(run.owner_id), IsOk());
  EXPECT_THAT(Write(run.Start()).refused, IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kRunning)));
}

TEST_P(RepetitionContract, WithinAWriteIsHarmless) {
  const Execution run = NewExecution("film");
  const StoreWriteResult result =
      Write(run.Start(), run.Start(), run.Keep(1, "a"), run.Keep(1, "a"), run.Fail(), run.Fail());
  EXPECT_THAT(result.claimed, AllOf(Not(IsEmpty()), Each(IsClaimOf(run))));
  EXPECT_THAT(result.refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("a")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kFailed)));
}

TEST_P(RepetitionContract, OfACheckpointChangesNothing) {
  const Execution run = Begin("film");
  EXPECT_THAT(Write(run.Keep(1, "a")).refused, IsEmpty());
  EXPECT_THAT(Write(run.Keep(1, "a")).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(EqualsCheckpoint(run.Keep(1, "a").checkpoint)));
}

TEST_P(RepetitionContract, OfAnEndIsNotRefused) {
  const Execution failed = FailWithCheckpoint("failed");
  const Execution succeeded = BeginWithCheckpoint("succeeded");
  Write(succeeded.Succeed());
  EXPECT_THAT(Write(failed.Fail(), succeeded.Succeed()).refused, IsEmpty());
  EXPECT_THAT(Load("failed"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Executions("failed"), ElementsAre(IsOf(failed, ExecutionState::kFailed)));
  EXPECT_THAT(Executions("succeeded"), ElementsAre(IsOf(succeeded, ExecutionState::kSucceeded)));
}

TEST_P(RepetitionContract, OfAnEndKeepsTheFirstError) {
  const Execution run = Begin("film");
  Write(run.Fail("the first"));
  EXPECT_THAT(Write(run.Fail("the second")).refused, IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(Field(&ExecutionRecord::error, "the first")));
}

TEST_P(RepetitionContract, OfAnEndLeavesTheNextExecutionAlone) {
  const Execution failed = FailWithCheckpoint("film");
  const Execution next = Begin("film");
  Write(next.Keep(2, "b"));
  EXPECT_THAT(Write(failed.Fail()).refused, IsEmpty());
  EXPECT_THAT(Write(next.Keep(3, "c")).refused, IsEmpty());
  Write(next.Succeed());
  const Execution third = BeginWithCheckpoint("film");
  EXPECT_THAT(Write(next.Succeed()).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix")));
  EXPECT_THAT(Write(third.Keep(2, "b")).refused, IsEmpty());
}

TEST_P(RepetitionContract, OfAWholeSuccessIsAnsweredAsBefore) {
  const Execution run = NewExecution("film");
  const StoreWrite write = WriteOf(run.Start(), run.Keep(1, "a"), run.Succeed());
  const StoreWriteResult first = WriteAll(write);
  const StoreWriteResult again = WriteAll(write);
  ASSERT_THAT(first.claimed, ElementsAre(IsClaimOf(run)));
  ASSERT_THAT(again.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_EQ(again.claimed[0].term, first.claimed[0].term);
  EXPECT_THAT(again.refused, IsEmpty());
  EXPECT_THAT(Load("film"), IsEmpty());
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kSucceeded)));
  Begin("film");  // it is nobody's
}

TEST_P(RepetitionContract, OfAWholeFailureIsAnsweredAsBefore) {
  const Execution run = NewExecution("film");
  const StoreWrite write = WriteOf(run.Start(), run.Keep(1, "a"), run.Fail());
  WriteAll(write);
  const StoreWriteResult again = WriteAll(write);
  EXPECT_THAT(again.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_THAT(again.refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("a")));
  EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kFailed)));
  Begin("film");
}

TEST_P(RepetitionContract, OfAWholeExecutionLeavesTheNextOneAlone) {
  const Execution run = NewExecution("film");
  const StoreWrite write = WriteOf(run.Start(), run.Keep(1, "old"), run.Fail());
  const StoreWriteResult first = WriteAll(write);
  const Execution next = Begin("film");
  Write(next.Keep(1, "new"));
  const StoreWriteResult again = WriteAll(write);
  EXPECT_THAT(again.refused, IsEmpty());
  ASSERT_THAT(again.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_EQ(again.claimed[0].term, first.claimed[0].term);
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("new")));
  EXPECT_THAT(Write(next.Succeed()).refused, IsEmpty());
}

TEST_P(RepetitionContract, OfWhatIsRefusedIsRefusedAgain) {
  Begin("film");
  const Execution refused = NewExecution("film");
  const StoreWrite write = WriteOf(refused.Start(), refused.Keep(1, "a"), refused.Fail());
  EXPECT_THAT(WriteAll(write).refused, ElementsAre(refused.execution_id));
  EXPECT_THAT(WriteAll(write).refused, ElementsAre(refused.execution_id));
}

}  // namespace
}  // namespace protograph
