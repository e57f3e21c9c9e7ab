// What batches have made, and why some have not: who may say it, and who reads it.

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
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(ItemResultContract, TheyAreStoredWithTheBatch) {
  const FanOut fan_out = BeginToWait();
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  const std::string bytes("results \0\xff", 10);
  Store(children[0], bytes);
  EXPECT_EQ(BatchOf(fan_out, 0).results, bytes);
  EXPECT_TRUE(BatchOf(fan_out, 0).is_open);
  EXPECT_EQ(BatchOf(fan_out, 1).results, "");
  EXPECT_THAT(Finish({Succeed(children[0], "")}), IsEmpty());
  EXPECT_EQ(BatchOf(fan_out, 0).results, bytes);
  EXPECT_FALSE(BatchOf(fan_out, 0).is_open);
  EXPECT_EQ(BatchOf(fan_out, 0).error_code, 0);
  EXPECT_TRUE(BatchOf(fan_out, 1).is_open);
}

TEST_P(ItemResultContract, ThoseOfManyAreStoredTogether) {
  const FanOut fan_out = BeginToWait(3);
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  std::vector<ItemBatchResult> results;
  for (const ClaimedJob& child : children) {
    results.push_back({.child = {.job_id = child.job_id, .term = child.term},
                       .done = kItemsOfBatch,
                       .results = "of " + child.job_id});
  }
  // One that is nobody's is left alone, and no other.
  ++results[1].child.term;
  EXPECT_THAT(items().StoreResults(owner(), results), IsOk());
  EXPECT_EQ(BatchOf(fan_out, 0).results, "of " + children[0].job_id);
  EXPECT_EQ(BatchOf(fan_out, 1).results, "");
  EXPECT_EQ(BatchOf(fan_out, 2).results, "of " + children[2].job_id);
}

TEST_P(ItemResultContract, TheLastThatWereStoredAreThere) {
  const FanOut fan_out = BeginToWait(1);
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  Store(children[0], "first");
  Store(children[0], "second");
  EXPECT_EQ(BatchOf(fan_out, 0).results, "second");
}

TEST_P(ItemResultContract, OnlyWhoHasTheChildStoresThem) {
  const FanOut fan_out = BeginToWait(1);
  const std::string dead = NewOwner();
  const ClaimedJob lost = ClaimBatches(fan_out, dead)[0];
  Store(owner(), lost, "of another owner");
  Store(dead, ClaimOf(lost.job_id, lost.term + 1), "of another term");
  EXPECT_EQ(BatchOf(fan_out, 0).results, "");
  Bury(dead);
  Store(dead, lost, "of a dead one");
  EXPECT_EQ(BatchOf(fan_out, 0).results, "");
  const ClaimedJob child = ClaimThe(lost.job_id);
  Store(dead, lost, "of a dead one");
  EXPECT_EQ(BatchOf(fan_out, 0).results, "");
  Complete(child);
  Store(child, "after its end");
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
}

TEST_P(ItemResultContract, OthersThanChildrenHaveNone) {
  const ClaimedJob job = ClaimNew();
  Store(job);
  EXPECT_THAT(Batches(job.job_id), IsEmpty());
  EXPECT_THAT(Finish({Succeed(job, "its own")}), IsEmpty());
  EXPECT_EQ(Contents(job.job_id).result, "its own");
}

TEST_P(ItemResultContract, TheyHaveALimit) {
  const FanOut fan_out = BeginToWait(1);
  const ClaimedJob child = ClaimBatches(fan_out)[0];
  const std::vector<ItemBatchResult> results = {
      {.child = {.job_id = child.job_id, .term = child.term},
       .results = std::string(kLargestPayload + 1, 'x')}};
  EXPECT_THAT(items().StoreResults(owner(), results), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(BatchOf(fan_out, 0).results, "");
}

TEST_P(ItemResultContract, WhyABatchHasFailed) {
  const FanOut fan_out = BeginToWait(4);
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  EXPECT_THAT(Finish({Fail(children[0], "no such film"), EndCancelled(children[1])}), IsEmpty());
  const ItemBatchRecord failed = BatchOf(fan_out, 0);
  EXPECT_FALSE(failed.is_open);
  EXPECT_EQ(failed.error_code, static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(failed.error, "no such film");
  EXPECT_EQ(failed.results, "");
  const ItemBatchRecord cancelled = BatchOf(fan_out, 1);
  EXPECT_FALSE(cancelled.is_open);
  EXPECT_EQ(cancelled.error_code, static_cast<int>(absl::StatusCode::kCancelled));
  EXPECT_EQ(cancelled.error, "it was asked to stop");
  // What was an attempt's is not the batch's.
  EXPECT_THAT(Finish({TryAgain(children[2], absl::ZeroDuration()), TryAgain(children[3], kLong)}),
              IsEmpty());
  EXPECT_EQ(BatchOf(fan_out, 2).error_code, 0);
  EXPECT_EQ(BatchOf(fan_out, 2).error, "");
  Complete(ClaimThe(children[2].job_id));
  EXPECT_EQ(BatchOf(fan_out, 2).error_code, 0);
  EXPECT_EQ(BatchOf(fan_out, 2).error, "");
  EXPECT_THAT(jobs().Cancel(children[3].job_id), IsOk());
  EXPECT_EQ(BatchOf(fan_out, 3).error_code, static_cast<int>(absl::StatusCode::kCancelled));
}

TEST_P(ItemResultContract, AFailedBatchMayHaveResults) {
  const FanOut fan_out = BeginToWait(1);
  const ClaimedJob child = ClaimBatches(fan_out)[0];
  Store(owner(), child, "of some", /*failed=*/3);
  EXPECT_THAT(Finish({Fail(child)}), IsEmpty());
  EXPECT_EQ(BatchOf(fan_out, 0).results, "of some");
  EXPECT_EQ(BatchOf(fan_out, 0).error, "it is broken");
}

TEST_P(ItemResultContract, BatchesAreReadPageByPage) {
  const ClaimedJob parent = ClaimNew();
  FanOut first = NewFanOut(parent, 3);
  FanOut second = NewFanOut(parent, 2);
  // Not in the order of the calls.
  std::swap(first.batches, second.batches);
  first.is_last = false;
  HandOver(first);
  HandOver(second);
  std::vector<std::string> ids = IdsOf(second.batches);
  for (const ItemBatch& batch : first.batches) ids.push_back(batch.job_id);
  EXPECT_THAT(IdsOf(Batches(parent.job_id, NewKey(), "", 2)), ElementsAre(ids[0], ids[1]));
  EXPECT_THAT(IdsOf(Batches(parent.job_id, NewKey(), ids[1], 2)), ElementsAre(ids[2], ids[3]));
  EXPECT_THAT(IdsOf(Batches(parent.job_id, NewKey(), ids[3], 2)), ElementsAre(ids[4]));
  EXPECT_THAT(Batches(parent.job_id, NewKey(), ids[4], 2), IsEmpty());
  EXPECT_THAT(Batches(parent.job_id, NewKey(), "", 0), IsEmpty());
}

}  // namespace
}  // namespace protograph
