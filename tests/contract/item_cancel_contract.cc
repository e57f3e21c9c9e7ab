// Cancelling parents, and batches without their parents.

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "item_contract.h"
#include "job_listening.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(ItemCancelContract, AParentThatWaitsIsCancelledAtOnceWithItsBatches) {
  const FanOut fan_out = BeginToWait(4);
  const std::string parent = fan_out.parent.job_id;
  const ClaimedJob done = ClaimThe(fan_out.batches[0].job_id);
  const ClaimedJob running = ClaimThe(fan_out.batches[1].job_id);
  EXPECT_THAT(Finish({TryAgain(ClaimThe(fan_out.batches[2].job_id), kLong)}), IsEmpty());
  Complete(done);
  EXPECT_THAT(jobs().Cancel(parent), IsOkAndHolds(JobState::kCancelled));
  const JobRecord record = Get(parent);
  EXPECT_EQ(record.state, JobState::kCancelled);
  EXPECT_EQ(record.attempt, 1);
  EXPECT_NE(record.finished_at, std::nullopt);
  EXPECT_EQ(StateOf(done.job_id), JobState::kSucceeded);
  EXPECT_TRUE(Get(running.job_id).cancel_requested);
  EXPECT_THAT(CancelRequests(owner()), ElementsAre(running.job_id));
  EXPECT_EQ(StateOf(fan_out.batches[2].job_id), JobState::kCancelled);
  EXPECT_EQ(StateOf(fan_out.batches[3].job_id), JobState::kCancelled);
  EXPECT_THAT(Queue(), Counts({.running = 1, .succeeded = 1, .cancelled = 3}));
  EXPECT_THAT(Finish({EndCancelled(running)}), IsEmpty());
  ResumeAtOnce(fan_out);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_EQ(StateOf(parent), JobState::kCancelled);
}

TEST_P(ItemCancelContract, AParentThatRunsIsAskedForAndItsBatchesAreCancelled) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  fan_out.is_last = false;
  HandOver(fan_out);
  const std::string other = NewOwner();
  const ClaimedJob running = ClaimOne(other);
  EXPECT_THAT(jobs().Cancel(parent.job_id), IsOkAndHolds(JobState::kRunning));
  EXPECT_THAT(CancelRequests(owner()), ElementsAre(parent.job_id));
  EXPECT_THAT(CancelRequests(other), ElementsAre(running.job_id));
  EXPECT_EQ(StateOf(fan_out.batches[1].job_id), JobState::kCancelled);
}

TEST_P(ItemCancelContract, AParentThatIsToGoOnIsCancelledAtOnceWithItsBatches) {
  const FanOut fan_out = BeginToWait();
  const ClaimedJob running = ClaimThe(fan_out.batches[0].job_id);
  ResumeAtOnce(fan_out);
  EXPECT_THAT(jobs().Cancel(fan_out.parent.job_id), IsOkAndHolds(JobState::kCancelled));
  EXPECT_THAT(CancelRequests(owner()), ElementsAre(running.job_id));
  EXPECT_EQ(StateOf(fan_out.batches[1].job_id), JobState::kCancelled);
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(ItemCancelContract, ABatchAloneMayBeCancelled) {
  const FanOut fan_out = BeginToWait();
  EXPECT_THAT(jobs().Cancel(fan_out.batches[0].job_id), IsOkAndHolds(JobState::kCancelled));
  EXPECT_FALSE(BatchOf(fan_out, 0).is_open);
  EXPECT_EQ(BatchOf(fan_out, 0).error_code, static_cast<int>(absl::StatusCode::kCancelled));
  EXPECT_TRUE(BatchOf(fan_out, 1).is_open);
  EXPECT_EQ(StateOf(fan_out.parent.job_id), JobState::kRunning);
}

TEST_P(ItemCancelContract, OpenBatchesMayBeCancelledAndTheParentNot) {
  const FanOut fan_out = BeginToWait(3);
  const ClaimedJob done = ClaimThe(fan_out.batches[0].job_id);
  const ClaimedJob running = ClaimThe(fan_out.batches[1].job_id);
  Complete(done);
  const FanOut other = BeginToWait(NewJob("other"), 1);
  const FanOut another = BeginToWait(NewJob("another"), 1);
  EXPECT_THAT(items().CancelBatches({}), IsOk());
  const std::vector<BatchesToCancel> cancelled = {{.parent_id = fan_out.parent.job_id},
                                                  {.parent_id = NewJobId()},
                                                  {.parent_id = another.parent.job_id}};
  EXPECT_THAT(items().CancelBatches(cancelled), IsOk());
  EXPECT_EQ(StateOf(done.job_id), JobState::kSucceeded);
  EXPECT_THAT(CancelRequests(owner()), ElementsAre(running.job_id));
  EXPECT_EQ(StateOf(fan_out.batches[2].job_id), JobState::kCancelled);
  EXPECT_EQ(StateOf(other.batches[0].job_id), JobState::kQueued);
  EXPECT_EQ(StateOf(another.batches[0].job_id), JobState::kCancelled);
  EXPECT_EQ(StateOf(fan_out.parent.job_id), JobState::kRunning);
  EXPECT_FALSE(Get(fan_out.parent.job_id).cancel_requested);
  // Nothing of its is open any more once that has ended.
  EXPECT_THAT(Finish({EndCancelled(running)}), IsEmpty());
  Resume(fan_out.parent.job_id);
  ClaimThe(fan_out.parent.job_id);
}

TEST_P(ItemCancelContract, ThoseOfALaterTermAreLeftAlone) {
  const FanOut first = BeginToWait();
  const std::string& parent = first.parent.job_id;
  ResumeAtOnce(first);
  FanOut second = NewFanOut(ClaimThe(parent), 1);
  HandOver(second);
  const auto cancel_up_to = [&](int64_t term) {
    const std::vector<BatchesToCancel> cancelled = {{.parent_id = parent, .up_to_term = term}};
    EXPECT_THAT(items().CancelBatches(cancelled), IsOk());
  };
  cancel_up_to(first.parent.term - 1);
  EXPECT_EQ(StateOf(first.batches[0].job_id), JobState::kQueued);
  cancel_up_to(first.parent.term);
  EXPECT_EQ(StateOf(first.batches[0].job_id), JobState::kCancelled);
  EXPECT_EQ(StateOf(first.batches[1].job_id), JobState::kCancelled);
  EXPECT_EQ(StateOf(second.batches[0].job_id), JobState::kQueued);
  cancel_up_to(second.parent.term);
  EXPECT_EQ(StateOf(second.batches[0].job_id), JobState::kCancelled);
}

TEST_P(ItemCancelContract, NothingIsLeftOpenWhereBothHappenAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const FanOut fan_out = NewFanOut(ClaimNew());
    const std::string& parent = fan_out.parent.job_id;
    absl::Status handed_over;
    InThreads([&](int i) {
      if (i == 0) handed_over = items().HandOver(owner(), fan_out);
      if (i == 1) {
        EXPECT_THAT(jobs().Cancel(parent), IsOk());
      }
    });
    EXPECT_THAT(Claim(), IsEmpty());
    if (handed_over.ok()) {
      EXPECT_EQ(StateOf(parent), JobState::kCancelled);
      EXPECT_THAT(Batches(parent), SizeIs(2));
    } else {
      EXPECT_THAT(handed_over, StatusIs(absl::StatusCode::kCancelled));
      EXPECT_THAT(CancelRequests(owner()), ElementsAre(parent));
      EXPECT_THAT(Finish({EndCancelled(ClaimOf(parent, fan_out.parent.term))}), IsEmpty());
    }
  }
}

TEST_P(ItemCancelContract, WhoWaitsForTheParentIsTold) {
  const FanOut fan_out = BeginToWait();
  Listening listening(jobs(), "");
  ASSERT_THAT(jobs().Cancel(fan_out.parent.job_id), IsOk());
  EXPECT_TRUE(listening->WaitForFinished(fan_out.parent.job_id));
  EXPECT_TRUE(listening->WaitForFinished(fan_out.batches[0].job_id));
}

TEST_P(ItemCancelContract, WhoRunsABatchIsTold) {
  const FanOut fan_out = BeginToWait(2);
  const std::string other = NewOwner();
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out, other);
  Listening listening(jobs(), other);
  ASSERT_THAT(jobs().Cancel(fan_out.parent.job_id), IsOk());
  for (const ClaimedJob& child : children) EXPECT_TRUE(listening->WaitForCancel(child.job_id));
}

TEST_P(ItemCancelContract, ACancelledParentMayBeRetried) {
  const FanOut fan_out = BeginToWait();
  const std::string parent = fan_out.parent.job_id;
  Complete(ClaimThe(fan_out.batches[0].job_id));
  ASSERT_THAT(jobs().Cancel(parent), IsOkAndHolds(JobState::kCancelled));
  Maintain();
  EXPECT_THAT(jobs().Retry(parent), IsOk());
  const ClaimedJob again = ClaimThe(parent);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_TRUE(again.was_claimed);
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
  EXPECT_FALSE(BatchOf(fan_out, 1).is_open);
  EXPECT_THAT(Claim(), IsEmpty());
}

}  // namespace
}  // namespace protograph
