// What the jobs are whose items are another one's: in which order they come, what they have of
// their parent, and where people see them.

#include <algorithm>
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
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(ItemChildContract, TheyComeInTheirParentsPlace) {
  const std::string before = SubmitOne();
  const std::string parent = SubmitOne();
  const std::string after = SubmitOne();
  const std::vector<ClaimedJob> claimed = Claim(2);
  ASSERT_THAT(IdsOf(claimed), ElementsAre(before, parent));
  EXPECT_THAT(Finish({GiveBack(claimed[0])}), IsEmpty());
  const FanOut fan_out = NewFanOut(claimed[1], 3);
  HandOver(fan_out);
  EXPECT_THAT(IdsOf(Claim()),
              ElementsAre(before, fan_out.batches[0].job_id, fan_out.batches[1].job_id,
                          fan_out.batches[2].job_id, after));
}

TEST_P(ItemChildContract, WhatALaterCallHandsOverComesThereToo) {
  const ClaimedJob parent = ClaimNew();
  const std::string after = SubmitOne();
  FanOut fan_out = NewFanOut(parent, 1);
  fan_out.is_last = false;
  HandOver(fan_out);
  const FanOut last = NewFanOut(parent, 1);
  HandOver(last);
  EXPECT_THAT(IdsOf(Claim()),
              ElementsAre(fan_out.batches[0].job_id, last.batches[0].job_id, after));
}

TEST_P(ItemChildContract, SoDoThoseOfAPriority) {
  SubmitOne();
  JobSubmission job = NewJob();
  job.priority = 2;
  const FanOut fan_out = BeginToWait(job);
  EXPECT_EQ(Get(fan_out.batches[0].job_id).priority, 2);
  ClaimBatches(fan_out);
}

TEST_P(ItemChildContract, TheyHaveMuchOfTheirParent) {
  JobSubmission job = NewJob("of films");
  job.priority = -1;
  job.max_attempts = 7;
  job.backoff = absl::Seconds(3);
  job.longest_backoff = absl::Minutes(3);
  job.timeout = kLong;
  job.unique_key = "only one";
  job.concurrency_key = "tenant 1";
  job.tags = {"nightly", "film 7"};
  const FanOut fan_out = BeginToWait(job, 1);
  const JobContents child = Contents(fan_out.batches[0].job_id);
  EXPECT_EQ(child.inputs, "batch 0");
  EXPECT_EQ(child.record.queue, "of films");
  EXPECT_EQ(child.record.graph, job.graph);
  EXPECT_EQ(child.record.output_type, "film.FrameTags");
  EXPECT_EQ(child.record.state, JobState::kQueued);
  EXPECT_EQ(child.record.priority, -1);
  EXPECT_EQ(child.record.attempt, 0);
  EXPECT_EQ(child.record.max_attempts, 7);
  EXPECT_EQ(child.record.unique_key, "");
  EXPECT_EQ(child.record.concurrency_key, "tenant 1");
  EXPECT_THAT(child.record.tags, ElementsAreArray(job.tags));
  EXPECT_EQ(child.record.parent_id, job.job_id);
  EXPECT_EQ(Get(job.job_id).parent_id, "");
  const ClaimedJob claimed = ClaimOne(owner(), "of films");
  EXPECT_EQ(claimed.job_id, fan_out.batches[0].job_id);
  EXPECT_EQ(claimed.queue, "of films");
  EXPECT_EQ(claimed.graph, job.graph);
  EXPECT_EQ(claimed.output_type, "film.FrameTags");
  EXPECT_EQ(claimed.inputs, "batch 0");
  EXPECT_EQ(claimed.attempt, 1);
  EXPECT_EQ(claimed.max_attempts, 7);
  EXPECT_EQ(claimed.backoff, job.backoff);
  EXPECT_EQ(claimed.longest_backoff, job.longest_backoff);
  EXPECT_EQ(claimed.timeout, absl::InfiniteDuration());
  EXPECT_FALSE(claimed.is_suspect);
  EXPECT_FALSE(claimed.was_claimed);
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
  EXPECT_EQ(Get(claimed.job_id).parent_id, job.job_id);
}

TEST_P(ItemChildContract, TheyAreTriedAsOthersAre) {
  JobSubmission job = NewJob();
  job.max_attempts = 2;
  const FanOut fan_out = BeginToWait(job, 1);
  const std::string dead = NewOwner();
  ClaimBatches(fan_out, dead);
  Bury(dead);
  ClaimedJob child = ClaimThe(fan_out.batches[0].job_id);
  EXPECT_TRUE(child.is_suspect);
  EXPECT_EQ(child.attempt, 1);
  EXPECT_THAT(Finish({TryAgain(child, absl::ZeroDuration())}), IsEmpty());
  EXPECT_TRUE(BatchOf(fan_out, 0).is_open);
  EXPECT_EQ(BatchOf(fan_out, 0).error_code, 0);
  child = ClaimThe(fan_out.batches[0].job_id);
  EXPECT_EQ(child.attempt, 2);
  EXPECT_EQ(child.inputs, "batch 0");
}

TEST_P(ItemChildContract, TheyMayBeRetriedAndChanged) {
  const FanOut fan_out = BeginToWait();
  const std::string first = fan_out.batches[0].job_id;
  EXPECT_THAT(Finish({Fail(ClaimThe(first))}), IsEmpty());
  EXPECT_THAT(jobs().Retry(first), IsOk());
  EXPECT_TRUE(BatchOf(fan_out, 0).is_open);
  EXPECT_EQ(BatchOf(fan_out, 0).error_code, 0);
  EXPECT_THAT(jobs().Change(first, {.priority = 5}), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(first, fan_out.batches[1].job_id));
}

TEST_P(ItemChildContract, OneThatIsRetriedIsOpenAgainWhateverItHadMade) {
  const FanOut fan_out = BeginToWait(1);
  const std::string& parent = fan_out.parent.job_id;
  const ClaimedJob child = ClaimThe(fan_out.batches[0].job_id);
  Store(owner(), child, "of some", /*failed=*/3);
  EXPECT_THAT(Finish({Fail(child)}), IsEmpty());
  ASSERT_THAT(jobs().Retry(child.job_id), IsOk());
  EXPECT_TRUE(BatchOf(fan_out, 0).is_open);
  EXPECT_EQ(BatchOf(fan_out, 0).results, "");
  Resume(parent);
  EXPECT_EQ(StateOf(parent), JobState::kRunning);
  Complete(ClaimThe(child.job_id));
  Resume(parent);
  ClaimThe(parent);
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
}

TEST_P(ItemChildContract, OneThatIsRetriedAfterItsParentHasEndedIsCancelled) {
  const FanOut fan_out = BeginToWait(2);
  const std::string& parent = fan_out.parent.job_id;
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  Store(owner(), children[0], "of some", /*failed=*/3);
  EXPECT_THAT(Finish({Fail(children[0]), Fail(children[1])}), IsEmpty());
  Resume(parent);
  EXPECT_THAT(Finish({Fail(ClaimThe(parent))}), IsEmpty());
  Maintain();
  for (const ClaimedJob& child : children) {
    ASSERT_THAT(jobs().Retry(child.job_id), IsOk());
    Maintain();
    EXPECT_EQ(StateOf(child.job_id), JobState::kCancelled);
  }
}

TEST_P(ItemChildContract, OneThatIsRetriedAfterItsParentHasSucceededIsAJobAsAnyOther) {
  const FanOut fan_out = BeginToWait(1);
  const std::string& parent = fan_out.parent.job_id;
  const ClaimedJob child = ClaimThe(fan_out.batches[0].job_id);
  EXPECT_THAT(Finish({Fail(child)}), IsEmpty());
  Resume(parent);
  EXPECT_THAT(Finish({Succeed(ClaimThe(parent))}), IsEmpty());
  Maintain();
  ASSERT_THAT(jobs().Retry(child.job_id), IsOk());
  Maintain();
  ClaimThe(child.job_id);
  EXPECT_THAT(Batches(parent), IsEmpty());
}

TEST_P(ItemChildContract, AParentThatWaitsCannotBeChanged) {
  const FanOut fan_out = BeginToWait();
  EXPECT_THAT(jobs().Change(fan_out.parent.job_id, {.priority = 5}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(jobs().Retry(fan_out.parent.job_id), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(ItemChildContract, TheyAreListedOnlyWhereTheirParentIsNamed) {
  const FanOut fan_out = BeginToWait(3);
  const std::string parent = fan_out.parent.job_id;
  const std::string other = SubmitOne();
  EXPECT_THAT(IdsOf(List()), ElementsAre(other, parent));
  EXPECT_THAT(IdsOf(List({.states = {JobState::kQueued}})), ElementsAre(other));
  std::vector<std::string> newest_first = IdsOf(fan_out.batches);
  std::reverse(newest_first.begin(), newest_first.end());
  const std::vector<JobRecord> children = List({.parent_id = parent});
  EXPECT_THAT(IdsOf(children), ElementsAreArray(newest_first));
  for (const JobRecord& child : children) EXPECT_EQ(child.parent_id, parent);
  EXPECT_THAT(List({.parent_id = other}), IsEmpty());
  EXPECT_THAT(IdsOf(List({.parent_id = parent}, newest_first[0], 1)), ElementsAre(newest_first[1]));
  // In all their states.
  const std::vector<ClaimedJob> claimed = Claim(2);
  ASSERT_THAT(claimed, SizeIs(2));
  Complete(claimed[0]);
  EXPECT_THAT(IdsOf(List({.parent_id = parent})), ElementsAreArray(newest_first));
  EXPECT_THAT(IdsOf(List({.states = {JobState::kRunning}, .parent_id = parent})),
              ElementsAre(claimed[1].job_id));
  EXPECT_THAT(IdsOf(List({.states = {JobState::kSucceeded}, .parent_id = parent})),
              ElementsAre(claimed[0].job_id));
  EXPECT_THAT(List({.states = {JobState::kSucceeded}}), IsEmpty());
}

TEST_P(ItemChildContract, EachNeedsASlotOfItsKeyAndTheParentThatWaitsHasNone) {
  Configure({.key_limit = 1});
  JobSubmission job = NewJob();
  job.concurrency_key = "tenant 1";
  Submit(job);
  const std::vector<ClaimedJob> parents = MaintainAndClaim();
  ASSERT_THAT(parents, SizeIs(1));
  const FanOut fan_out = NewFanOut(parents[0]);
  HandOver(fan_out);
  for (const ItemBatch& batch : fan_out.batches) {
    const std::vector<ClaimedJob> claimed = MaintainAndClaim();
    ASSERT_THAT(IdsOf(claimed), ElementsAre(batch.job_id));
    Complete(claimed[0]);
  }
  Resume(job.job_id);
  const std::vector<ClaimedJob> resumed = MaintainAndClaim();
  ASSERT_THAT(IdsOf(resumed), ElementsAre(job.job_id));
  // It has one again.
  JobSubmission next = NewJob();
  next.concurrency_key = "tenant 1";
  Submit(next);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(resumed[0])}), IsEmpty());
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(next.job_id));
}

TEST_P(ItemChildContract, AParentThatGoesOnWaitsForASlot) {
  Configure({.key_limit = 1});
  JobSubmission job = NewJob();
  job.concurrency_key = "tenant 1";
  Submit(job);
  const std::vector<ClaimedJob> parents = MaintainAndClaim();
  ASSERT_THAT(parents, SizeIs(1));
  const FanOut fan_out = NewFanOut(parents[0], 3);
  HandOver(fan_out);
  const std::vector<ClaimedJob> children = MaintainAndClaim();
  ASSERT_THAT(children, SizeIs(1));
  ResumeAtOnce(fan_out);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  Complete(children[0]);
  // Before its other batches, which wait for the same.
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(job.job_id));
}

TEST_P(ItemChildContract, AUniqueKeyIsTheParentsWhileItWaits) {
  JobSubmission job = NewJob();
  job.unique_key = "only one";
  BeginToWait(job);
  JobSubmission other = NewJob();
  other.unique_key = "only one";
  EXPECT_EQ(Submit(other), job.job_id);
}

TEST_P(ItemChildContract, WhoFoundNoJobIsToldOfThem) {
  const ClaimedJob parent = ClaimNew();
  const std::string other = NewOwner();
  Listening listening(jobs(), other);
  ASSERT_THAT(jobs().Claim({.owner_id = other,
                            .queues = {{.queue = std::string(kDefaultQueue), .limit = 1}},
                            .wake_if_empty = true}),
              IsOk());
  HandOver(NewFanOut(parent));
  EXPECT_TRUE(listening->WaitForWork());
}

}  // namespace
}  // namespace protograph
