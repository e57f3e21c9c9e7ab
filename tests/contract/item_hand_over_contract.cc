// Handing items over: who may, what is there then, and where the parent is meanwhile.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "item_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(ItemHandOverContract, TheParentWaitsAndIsNobodys) {
  const FanOut fan_out = BeginToWait();
  const JobRecord parent = Get(fan_out.parent.job_id);
  EXPECT_EQ(parent.state, JobState::kRunning);
  EXPECT_EQ(parent.owner_id, "");
  EXPECT_EQ(parent.attempt, 1);
  EXPECT_FALSE(parent.cancel_requested);
  EXPECT_NE(parent.started_at, std::nullopt);
  EXPECT_EQ(parent.run_at, std::nullopt);
  EXPECT_EQ(parent.finished_at, std::nullopt);
  ClaimBatches(fan_out);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_EQ(StateOf(fan_out.parent.job_id), JobState::kRunning);
}

TEST_P(ItemHandOverContract, WhoHasHandedOverHasTheParentNoMore) {
  const ClaimedJob parent = ClaimNew();
  HandOver(NewFanOut(parent));
  EXPECT_THAT(Finish({Succeed(parent)}), ElementsAre(parent.job_id));
  EXPECT_THAT(Finish({GiveBack(parent)}), ElementsAre(parent.job_id));
  EXPECT_THAT(MarkStarted(owner(), parent), ElementsAre(parent.job_id));
  EXPECT_EQ(StateOf(parent.job_id), JobState::kRunning);
}

TEST_P(ItemHandOverContract, TheDeathOfWhoHasHandedOverMeansNothing) {
  Submit(NewJob());
  const std::string dead = NewOwner();
  const FanOut fan_out = NewFanOut(ClaimOne(dead));
  HandOver(dead, fan_out);
  Bury(dead);
  EXPECT_EQ(Get(fan_out.parent.job_id).crashes, 0);
  EXPECT_THAT(IdsOf(Claim()), ElementsAreArray(IdsOf(fan_out.batches)));
  EXPECT_EQ(StateOf(fan_out.parent.job_id), JobState::kRunning);
}

TEST_P(ItemHandOverContract, TheQueueCountsAParentThatWaitsAsRunning) {
  const FanOut fan_out = BeginToWait(3);
  EXPECT_THAT(Queue(), Counts({.queued = 3, .running = 1}));
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  EXPECT_THAT(Queue(), Counts({.running = 4}));
  for (const ClaimedJob& child : children) Complete(child);
  EXPECT_THAT(Queue(), Counts({.queued = 1, .succeeded = 3}));
  EXPECT_THAT(Finish({Succeed(ClaimThe(fan_out.parent.job_id))}), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.succeeded = 4}));
}

TEST_P(ItemHandOverContract, WhatWasHandedOverIsFound) {
  const ClaimedJob parent = ClaimNew();
  EXPECT_EQ(Find(parent.job_id).attempt, 0);
  FanOut fan_out = NewFanOut(parent, 2);
  fan_out.timeout = kLong;
  fan_out.shared_inputs = std::string("bytes \0\xff", 8);
  fan_out.batches[1].items = 7;
  HandOver(fan_out);
  const FanOutRecord record = Find(parent.job_id);
  EXPECT_EQ(record.attempt, 1);
  EXPECT_EQ(record.shared_inputs, fan_out.shared_inputs);
  EXPECT_THAT(record.timeout, AlmostAll(kLong));
  EXPECT_THAT(TimeLeft(parent.job_id), AlmostAll(kLong));
  const std::vector<ItemBatchRecord> batches = Batches(parent.job_id);
  ASSERT_THAT(IdsOf(batches), ElementsAreArray(IdsOf(fan_out.batches)));
  EXPECT_EQ(batches[0].items, kItemsOfBatch);
  EXPECT_EQ(batches[1].items, 7);
  for (const ItemBatchRecord& batch : batches) {
    EXPECT_EQ(batch.attempt, 1);
    EXPECT_TRUE(batch.is_open);
    EXPECT_EQ(batch.results, "");
    EXPECT_EQ(batch.error_code, 0);
    EXPECT_EQ(batch.error, "");
  }
}

TEST_P(ItemHandOverContract, WhatIsNotThereIsNotFound) {
  const FanOut fan_out = BeginToWait();
  const std::string unknown = NewJobId();
  EXPECT_EQ(Find(unknown).attempt, 0);
  EXPECT_EQ(Find(fan_out.parent.job_id, NewKey(2)).attempt, 0);
  EXPECT_THAT(Batches(unknown), IsEmpty());
  EXPECT_THAT(Batches(fan_out.parent.job_id, NewKey(2)), IsEmpty());
  EXPECT_EQ(TimeLeft(unknown), absl::InfiniteDuration());
  EXPECT_EQ(TimeLeft(fan_out.parent.job_id, 2), absl::InfiniteDuration());
}

TEST_P(ItemHandOverContract, WithoutALimitThereIsTimeForEver) {
  const FanOut fan_out = BeginToWait();
  EXPECT_EQ(Find(fan_out.parent.job_id).timeout, absl::InfiniteDuration());
  EXPECT_EQ(TimeLeft(fan_out.parent.job_id), absl::InfiniteDuration());
}

TEST_P(ItemHandOverContract, TimeThatIsOverIsLessThanNone) {
  FanOut fan_out = NewFanOut(ClaimNew());
  fan_out.timeout = kMoment;
  HandOver(fan_out);
  LetAMomentPass();
  EXPECT_LT(Find(fan_out.parent.job_id).timeout, absl::ZeroDuration());
  EXPECT_LT(TimeLeft(fan_out.parent.job_id), absl::ZeroDuration());
}

TEST_P(ItemHandOverContract, OnlyTheOwnerMayUnderItsTerm) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  const auto is_refused = StatusIs(absl::StatusCode::kAborted);
  EXPECT_THAT(items().HandOver(NewOwner(), fan_out), is_refused);
  ++fan_out.parent.term;
  EXPECT_THAT(items().HandOver(owner(), fan_out), is_refused);
  fan_out.parent = {.job_id = NewJobId(), .term = parent.term};
  EXPECT_THAT(items().HandOver(owner(), fan_out), is_refused);
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(Find(parent.job_id).attempt, 0);
  EXPECT_THAT(Batches(parent.job_id), IsEmpty());
  EXPECT_THAT(Finish({Succeed(parent)}), IsEmpty());
}

TEST_P(ItemHandOverContract, WhoWasTakenForDeadMayNot) {
  Submit(NewJob());
  const std::string dead = NewOwner();
  const FanOut fan_out = NewFanOut(ClaimOne(dead));
  Bury(dead);
  const auto is_refused = StatusIs(absl::StatusCode::kAborted);
  EXPECT_THAT(items().HandOver(dead, fan_out), is_refused);
  ClaimThe(fan_out.parent.job_id);
  EXPECT_THAT(items().HandOver(dead, fan_out), is_refused);
  EXPECT_THAT(Batches(fan_out.parent.job_id), IsEmpty());
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(ItemHandOverContract, WhatHasEndedHandsNothingOver) {
  const ClaimedJob parent = ClaimNew();
  EXPECT_THAT(Finish({Succeed(parent)}), IsEmpty());
  EXPECT_THAT(items().HandOver(owner(), NewFanOut(parent)), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(ItemHandOverContract, NothingIsHandedOverOnceCancellingWasRequested) {
  const ClaimedJob parent = ClaimNew();
  ASSERT_THAT(jobs().Cancel(parent.job_id), IsOkAndHolds(JobState::kRunning));
  FanOut fan_out = NewFanOut(parent);
  const auto is_cancelled = StatusIs(absl::StatusCode::kCancelled);
  fan_out.is_last = false;
  EXPECT_THAT(items().HandOver(owner(), fan_out), is_cancelled);
  fan_out.is_last = true;
  EXPECT_THAT(items().HandOver(owner(), fan_out), is_cancelled);
  EXPECT_THAT(Batches(parent.job_id), IsEmpty());
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_THAT(Finish({EndCancelled(parent)}), IsEmpty());
}

TEST_P(ItemHandOverContract, RepeatingACallDoesNothing) {
  FanOut fan_out = NewFanOut(ClaimNew(), 3);
  fan_out.is_last = false;
  HandOver(fan_out);
  HandOver(fan_out);
  fan_out.is_last = true;
  HandOver(fan_out);
  HandOver(fan_out);
  EXPECT_THAT(Batches(fan_out.parent.job_id), SizeIs(3));
  EXPECT_THAT(Queue(), Counts({.queued = 3, .running = 1}));
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  Complete(children[0]);
  HandOver(fan_out);
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
  EXPECT_FALSE(BatchOf(fan_out, 0).is_open);
}

TEST_P(ItemHandOverContract, ItMayTakeSeveralCalls) {
  const ClaimedJob parent = ClaimNew();
  FanOut first = NewFanOut(parent, 2);
  first.is_last = false;
  first.timeout = 3 * kLong;
  HandOver(first);
  // It is running still, and what it has handed over may be.
  EXPECT_EQ(Get(parent.job_id).owner_id, owner());
  EXPECT_EQ(Find(parent.job_id).attempt, 0);
  EXPECT_EQ(Find(parent.job_id).shared_inputs, "what all need");
  EXPECT_THAT(TimeLeft(parent.job_id), AlmostAll(3 * kLong));
  ClaimBatches(first);
  FanOut last = NewFanOut(parent, 1);
  last.shared_inputs = "said at last";
  last.timeout = kLong;
  HandOver(last);
  EXPECT_EQ(Get(parent.job_id).owner_id, "");
  EXPECT_EQ(Find(parent.job_id).attempt, 1);
  EXPECT_EQ(Find(parent.job_id).shared_inputs, "said at last");
  EXPECT_THAT(TimeLeft(parent.job_id), AlmostAll(kLong));
  EXPECT_THAT(Batches(parent.job_id), SizeIs(3));
  ClaimBatches(last);
}

TEST_P(ItemHandOverContract, OneThatHasNotSaidTheLastMayEnd) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  fan_out.is_last = false;
  HandOver(fan_out);
  EXPECT_THAT(Finish({Succeed(parent)}), IsEmpty());
  EXPECT_EQ(StateOf(parent.job_id), JobState::kSucceeded);
}

TEST_P(ItemHandOverContract, AtSeveralPlacesOneAfterTheOther) {
  const FanOut first = BeginToWait(1);
  Complete(ClaimBatches(first)[0]);
  Resume(first.parent.job_id);
  FanOut second = NewFanOut(ClaimThe(first.parent.job_id), 2);
  second.key = NewKey(2);
  second.shared_inputs = "others";
  HandOver(second);
  EXPECT_THAT(IdsOf(Batches(first.parent.job_id)), ElementsAreArray(IdsOf(first.batches)));
  EXPECT_THAT(IdsOf(Batches(first.parent.job_id, NewKey(2))),
              ElementsAreArray(IdsOf(second.batches)));
  EXPECT_EQ(Find(first.parent.job_id).shared_inputs, "what all need");
  EXPECT_EQ(Find(first.parent.job_id, NewKey(2)).shared_inputs, "others");
  for (const ClaimedJob& child : ClaimBatches(second)) Complete(child);
  Resume(first.parent.job_id);
  ClaimThe(first.parent.job_id);
}

TEST_P(ItemHandOverContract, ManyParentsKnowNothingOfEachOther) {
  const FanOut one = BeginToWait();
  const std::vector<ClaimedJob> of_one = ClaimBatches(one);
  const FanOut other = BeginToWait();
  const std::vector<ClaimedJob> of_other = ClaimBatches(other);
  for (const ClaimedJob& child : of_one) Complete(child);
  Resume(other.parent.job_id);
  EXPECT_THAT(Claim(), IsEmpty());
  Resume(one.parent.job_id);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(one.parent.job_id));
  EXPECT_TRUE(BatchOf(other, 0).is_open);
}

TEST_P(ItemHandOverContract, WithNothingOpenTheParentGoesOnAtOnce) {
  FanOut fan_out = NewFanOut(ClaimNew(), 0);
  HandOver(fan_out);
  const ClaimedJob parent = ClaimThe(fan_out.parent.job_id);
  EXPECT_EQ(parent.attempt, 1);
  EXPECT_EQ(Find(parent.job_id).attempt, 1);
  EXPECT_THAT(Batches(parent.job_id), IsEmpty());
}

TEST_P(ItemHandOverContract, WithAllDoneBeforeTheLastCallTheParentGoesOnAtOnce) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  fan_out.is_last = false;
  HandOver(fan_out);
  for (const ClaimedJob& child : ClaimBatches(fan_out)) Complete(child);
  // Not before it waits.
  Resume(parent.job_id);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_EQ(Get(parent.job_id).owner_id, owner());
  fan_out.batches.clear();
  fan_out.is_last = true;
  HandOver(fan_out);
  EXPECT_EQ(ClaimThe(parent.job_id).attempt, 1);
}

TEST_P(ItemHandOverContract, WithoutBatchesItWaitsForThoseThatAreOpen) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  fan_out.is_last = false;
  HandOver(fan_out);
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  Complete(children[0]);
  FanOut last = fan_out;
  last.batches.clear();
  last.is_last = true;
  HandOver(last);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  Complete(children[1]);
  Resume(parent.job_id);
  ClaimThe(parent.job_id);
}

TEST_P(ItemHandOverContract, QueuesThatDrainTakeBatchesIn) {
  const ClaimedJob parent = ClaimNew();
  Configure({.mode = QueueMode::kDraining});
  FanOut fan_out = NewFanOut(parent);
  HandOver(fan_out);
  for (const ClaimedJob& child : ClaimBatches(fan_out)) Complete(child);
  Resume(parent.job_id);
  ClaimThe(parent.job_id);
}

TEST_P(ItemHandOverContract, QueuesThatArePausedHandNoneOut) {
  const ClaimedJob parent = ClaimNew();
  Configure({.mode = QueueMode::kPaused});
  const FanOut fan_out = NewFanOut(parent);
  HandOver(fan_out);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  Configure({});
  ClaimBatches(fan_out);
}

TEST_P(ItemHandOverContract, WhatNoStoreAcceptsIsRefused) {
  const ClaimedJob parent = ClaimNew();
  const FanOut good = NewFanOut(parent);
  const auto expect_refused = [&](auto change) {
    FanOut bad = good;
    change(bad);
    EXPECT_THAT(items().HandOver(owner(), bad), StatusIs(absl::StatusCode::kInvalidArgument));
  };
  expect_refused([](FanOut& bad) { bad.parent.job_id = "no UUID"; });
  expect_refused([](FanOut& bad) { bad.key = ""; });
  expect_refused([](FanOut& bad) { bad.key = "abc"; });
  expect_refused([](FanOut& bad) { bad.key = std::string(32, 'x'); });
  expect_refused([](FanOut& bad) { bad.output_type = ""; });
  expect_refused([](FanOut& bad) { bad.output_type = "\xff"; });
  expect_refused([](FanOut& bad) { bad.step = std::string(kLongestName + 1, 's'); });
  expect_refused([](FanOut& bad) { bad.attempt = 0; });
  expect_refused([](FanOut& bad) { bad.shared_inputs.assign(kLargestPayload + 1, 'x'); });
  expect_refused([](FanOut& bad) { bad.batches[1].job_id = "no UUID"; });
  expect_refused([](FanOut& bad) { bad.batches[1].items = -1; });
  expect_refused([](FanOut& bad) { bad.batches[1].inputs.assign(kLargestPayload + 1, 'x'); });
  expect_refused([](FanOut& bad) { bad.batches[1].job_id = bad.batches[0].job_id; });
  expect_refused([](FanOut& bad) { std::swap(bad.batches[0], bad.batches[1]); });
  EXPECT_THAT(Batches(parent.job_id), IsEmpty());
  EXPECT_THAT(Claim(), IsEmpty());
  HandOver(good);
}

}  // namespace
}  // namespace protograph
