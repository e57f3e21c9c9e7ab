// What becomes of batches and their results once the parent has ended, or has lost its worker.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "item_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(ItemUpkeepContract, WhatIsOpenWhenTheParentHasEndedIsCancelled) {
  for (const auto& end : {Fail(ClaimedJob()), Succeed(ClaimedJob()), EndCancelled(ClaimedJob())}) {
    const FanOut fan_out = BeginToWait();
    const ClaimedJob running = ClaimThe(fan_out.batches[0].job_id);
    ResumeAtOnce(fan_out);
    JobEnd ended = end;
    const ClaimedJob resumed = ClaimThe(fan_out.parent.job_id);
    ended.job_id = resumed.job_id;
    ended.term = resumed.term;
    EXPECT_THAT(Finish({ended}), IsEmpty());
    Maintain();
    EXPECT_EQ(StateOf(fan_out.batches[1].job_id), JobState::kCancelled);
    EXPECT_THAT(CancelRequests(owner()), ElementsAre(running.job_id));
    EXPECT_THAT(Finish({EndCancelled(running)}), IsEmpty());
    EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  }
  EXPECT_THAT(Queue(), Counts({.succeeded = 1, .failed = 1, .cancelled = 7}));
}

TEST_P(ItemUpkeepContract, WhatIsOpenWhileTheParentLivesIsNot) {
  const FanOut fan_out = BeginToWait(3);
  const ClaimedJob running = ClaimThe(fan_out.batches[0].job_id);
  Maintain();
  ResumeAtOnce(fan_out);
  Maintain();
  const ClaimedJob parent = ClaimThe(fan_out.parent.job_id);
  Maintain();
  EXPECT_THAT(Finish({TryAgain(parent, kLong)}), IsEmpty());
  Maintain();
  EXPECT_FALSE(Get(running.job_id).cancel_requested);
  EXPECT_EQ(StateOf(fan_out.batches[1].job_id), JobState::kQueued);
}

TEST_P(ItemUpkeepContract, ResultsGoOnceTheParentHasSucceeded) {
  const FanOut fan_out = BeginToWait();
  const std::string parent = fan_out.parent.job_id;
  for (const ClaimedJob& child : ClaimBatches(fan_out)) Complete(child);
  Resume(parent);
  Maintain();
  EXPECT_THAT(Batches(parent), SizeIs(2));
  const ClaimedJob resumed = ClaimThe(parent);
  Maintain();
  EXPECT_THAT(Batches(parent), SizeIs(2));
  EXPECT_THAT(Finish({Succeed(resumed)}), IsEmpty());
  Maintain();
  EXPECT_THAT(Batches(parent), IsEmpty());
  EXPECT_EQ(Find(parent).attempt, 0);
  EXPECT_EQ(Find(parent).shared_inputs, "");
  EXPECT_EQ(TimeLeft(parent), absl::InfiniteDuration());
  // Their jobs are there as others are.
  for (const ItemBatch& batch : fan_out.batches) {
    EXPECT_EQ(Get(batch.job_id).state, JobState::kSucceeded);
    EXPECT_EQ(Get(batch.job_id).parent_id, parent);
  }
  EXPECT_THAT(List({.parent_id = parent}), SizeIs(2));
}

TEST_P(ItemUpkeepContract, ResultsStayWhereTheParentMayBeRetried) {
  FanOut fan_out = NewFanOut(ClaimNew());
  fan_out.timeout = kLong;
  HandOver(fan_out);
  const std::string parent = fan_out.parent.job_id;
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  Complete(children[0]);
  EXPECT_THAT(Finish({Fail(children[1])}), IsEmpty());
  Resume(parent);
  EXPECT_THAT(Finish({Fail(ClaimThe(parent))}), IsEmpty());
  Maintain();
  EXPECT_EQ(Find(parent).attempt, 1);
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
  ASSERT_THAT(jobs().Retry(parent), IsOk());
  // Its attempts begin anew: what the first one had of time and has handed over is not this one's.
  EXPECT_EQ(Find(parent).attempt, 0);
  EXPECT_EQ(TimeLeft(parent), absl::InfiniteDuration());
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
  EXPECT_EQ(BatchOf(fan_out, 0).attempt, 0);
  EXPECT_EQ(BatchOf(fan_out, 1).error, "it is broken");
  const ClaimedJob again = ClaimThe(parent);
  EXPECT_EQ(again.attempt, 1);
  const FanOut more = NewFanOut(again, 1);
  HandOver(more);
  EXPECT_EQ(Find(parent).attempt, 1);
  EXPECT_THAT(Batches(parent), SizeIs(3));
  EXPECT_EQ(BatchOf(fan_out, 0).attempt, 0);
  EXPECT_EQ(BatchOf(more, 0).attempt, 1);
  Complete(ClaimBatches(more)[0]);
  Resume(parent);
  EXPECT_THAT(Finish({Succeed(ClaimThe(parent))}), IsEmpty());
  Maintain();
  EXPECT_THAT(Batches(parent), IsEmpty());
}

TEST_P(ItemUpkeepContract, AParentThatHasLostItsWorkerFindsWhatItHasHandedOver) {
  Submit(NewJob());
  const std::string dead = NewOwner();
  FanOut fan_out = NewFanOut(ClaimOne(dead));
  fan_out.is_last = false;
  HandOver(dead, fan_out);
  Bury(dead);
  const std::string parent = fan_out.parent.job_id;
  // It comes with its batches, in their place: which is first is nobody's business.
  ClaimedJob again;
  std::vector<std::string> children;
  for (const ClaimedJob& job : Claim()) {
    if (job.job_id == parent) {
      again = job;
    } else {
      children.push_back(job.job_id);
    }
  }
  ASSERT_EQ(again.job_id, parent);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_TRUE(again.is_suspect);
  EXPECT_THAT(children, ElementsAreArray(IdsOf(fan_out.batches)));
  EXPECT_THAT(Batches(parent), SizeIs(2));
  EXPECT_EQ(Find(parent).attempt, 0);
}

TEST_P(ItemUpkeepContract, AResumedParentThatHasLostItsWorkerIsInTheSameAttempt) {
  FanOut fan_out = NewFanOut(ClaimNew(), 1);
  fan_out.timeout = kLong;
  HandOver(fan_out);
  Complete(ClaimBatches(fan_out)[0]);
  Resume(fan_out.parent.job_id);
  const std::string dead = NewOwner();
  EXPECT_EQ(ClaimOne(dead).attempt, 1);
  Bury(dead);
  EXPECT_EQ(ClaimThe(fan_out.parent.job_id).attempt, 1);
  EXPECT_THAT(TimeLeft(fan_out.parent.job_id), AlmostAll(kLong));
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
}

TEST_P(ItemUpkeepContract, ResultsGoWithAParentThatIsRemoved) {
  const FanOut fan_out = BeginToWait();
  const std::string parent = fan_out.parent.job_id;
  for (const ClaimedJob& child : ClaimBatches(fan_out)) Complete(child);
  Resume(parent);
  EXPECT_THAT(Finish({Fail(ClaimThe(parent))}), IsEmpty());
  EXPECT_THAT(Batches(parent), SizeIs(2));
  MaintainOptions options = KeepFinished();
  options.keep_failed = absl::ZeroDuration();
  Maintain(options);
  // A store may keep it longer.
  if (!absl::IsNotFound(jobs().Get(parent).status())) return;
  Maintain();
  EXPECT_THAT(Batches(parent), IsEmpty());
  EXPECT_EQ(Find(parent).attempt, 0);
}

}  // namespace
}  // namespace protograph
