// How far running jobs are: what they say, and what their batches say.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "item_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const StepProgress kFetching = {
    .step = "FetchFrame", .total = 100, .done = 40, .failed = 2, .running = 8};
const StepProgress kScoring = {
    .step = "ScoreFrame", .total = 38, .done = 0, .failed = 0, .running = 0};

TEST_P(ItemProgressContract, WhatWasPublishedLastIsThere) {
  const ClaimedJob job = ClaimNew();
  EXPECT_THAT(Progress(job.job_id), IsEmpty());
  EXPECT_THAT(Progress(NewJobId()), IsEmpty());
  Publish(owner(), job.job_id, {kFetching});
  EXPECT_THAT(Progress(job.job_id), ElementsAre(IsProgress(kFetching)));
  StepProgress later = kFetching;
  later.done = 90;
  Publish(owner(), job.job_id, {later, kScoring});
  EXPECT_THAT(Progress(job.job_id), ElementsAre(IsProgress(later), IsProgress(kScoring)));
  Publish(owner(), job.job_id, {});
  EXPECT_THAT(Progress(job.job_id), IsEmpty());
}

TEST_P(ItemProgressContract, OfManyJobsAtOnce) {
  const ClaimedJob one = ClaimNew();
  const ClaimedJob other = ClaimNew();
  const std::vector<JobProgress> published = {{.job_id = one.job_id, .steps = {kFetching}},
                                              {.job_id = NewJobId(), .steps = {kFetching}},
                                              {.job_id = other.job_id, .steps = {kScoring}}};
  EXPECT_THAT(items().PublishProgress(owner(), published), IsOk());
  EXPECT_THAT(Progress(one.job_id), ElementsAre(IsProgress(kFetching)));
  EXPECT_THAT(Progress(other.job_id), ElementsAre(IsProgress(kScoring)));
}

TEST_P(ItemProgressContract, OnlyItsOwnerSaysIt) {
  const ClaimedJob job = ClaimNew();
  Publish(NewOwner(), job.job_id, {kFetching});
  EXPECT_THAT(Progress(job.job_id), IsEmpty());
  const std::string waiting = SubmitOne();
  Publish(owner(), waiting, {kFetching});
  EXPECT_THAT(Progress(waiting), IsEmpty());
}

TEST_P(ItemProgressContract, OnlyWhileItRuns) {
  const ClaimedJob job = ClaimNew();
  Publish(owner(), job.job_id, {kFetching});
  EXPECT_THAT(Finish({TryAgain(job, absl::ZeroDuration())}), IsEmpty());
  EXPECT_THAT(Progress(job.job_id), IsEmpty());
  const ClaimedJob again = ClaimThe(job.job_id);
  EXPECT_THAT(Progress(job.job_id), IsEmpty());
  Publish(owner(), job.job_id, {kFetching});
  EXPECT_THAT(Finish({Succeed(again)}), IsEmpty());
  EXPECT_THAT(Progress(job.job_id), IsEmpty());
  Publish(owner(), job.job_id, {kFetching});
  EXPECT_THAT(Progress(job.job_id), IsEmpty());
}

TEST_P(ItemProgressContract, BatchesSayWhatIsStored) {
  const FanOut fan_out = BeginToWait(4);
  const std::string parent = fan_out.parent.job_id;
  StepProgress expected = {.step = fan_out.step, .total = 4 * kItemsOfBatch};
  EXPECT_THAT(Progress(parent), ElementsAre(IsProgress(expected)));
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  expected.running = 4 * kItemsOfBatch;
  EXPECT_THAT(Progress(parent), ElementsAre(IsProgress(expected)));
  Complete(children[0]);
  Store(owner(), children[1], "results", /*failed=*/3);
  EXPECT_THAT(Finish({Succeed(children[1], "")}), IsEmpty());
  expected.done = 2 * kItemsOfBatch;
  expected.failed = 3;
  expected.running = 2 * kItemsOfBatch;
  EXPECT_THAT(Progress(parent), ElementsAre(IsProgress(expected)));
  EXPECT_THAT(Finish({Fail(children[2])}), IsEmpty());
  expected.done += kItemsOfBatch;
  expected.failed += kItemsOfBatch;
  expected.running -= kItemsOfBatch;
  EXPECT_THAT(Progress(parent), ElementsAre(IsProgress(expected)));
  Complete(children[3]);
  Resume(parent);
  expected.done = 4 * kItemsOfBatch;
  expected.running = 0;
  EXPECT_THAT(Progress(parent), ElementsAre(IsProgress(expected)));
}

TEST_P(ItemProgressContract, BatchesThatRunSayHowFarTheyAre) {
  const FanOut fan_out = BeginToWait(2);
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  const StepProgress of_batch = {
      .step = fan_out.step, .total = kItemsOfBatch, .done = 4, .failed = 1, .running = 2};
  Publish(owner(), children[0].job_id, {of_batch, {.step = "ScoreFrame", .total = 3, .done = 1}});
  Publish(owner(), children[1].job_id, {of_batch});
  StepProgress expected = {
      .step = fan_out.step, .total = 2 * kItemsOfBatch, .done = 8, .failed = 2, .running = 12};
  EXPECT_THAT(Progress(fan_out.parent.job_id), ElementsAre(IsProgress(expected)));
  // What is stored with its results takes the place of that.
  Store(children[0]);
  expected.done = kItemsOfBatch + 4;
  expected.failed = 1;
  expected.running = kItemsOfBatch - 4;
  EXPECT_THAT(Progress(fan_out.parent.job_id), ElementsAre(IsProgress(expected)));
  EXPECT_THAT(Finish({Succeed(children[0], ""), GiveBack(children[1])}), IsEmpty());
  expected.done = kItemsOfBatch;
  expected.failed = 0;
  expected.running = 0;
  EXPECT_THAT(Progress(fan_out.parent.job_id), ElementsAre(IsProgress(expected)));
}

TEST_P(ItemProgressContract, TheyTakeThePlaceOfTheParentsLine) {
  const ClaimedJob parent = ClaimNew();
  const FanOut fan_out = NewFanOut(parent, 1);
  Publish(owner(), parent.job_id,
          {kFetching, {.step = fan_out.step, .total = 5, .done = 5}, kScoring});
  HandOver(fan_out);
  EXPECT_THAT(
      Progress(parent.job_id),
      ::testing::UnorderedElementsAre(IsProgress(kFetching), IsProgress(kScoring),
                                      IsProgress({.step = fan_out.step, .total = kItemsOfBatch})));
}

TEST_P(ItemProgressContract, OfSeveralPlacesOfAStepTheLastCounts) {
  const FanOut first = BeginToWait(1);
  Complete(ClaimBatches(first)[0]);
  Resume(first.parent.job_id);
  FanOut second = NewFanOut(ClaimThe(first.parent.job_id), 2);
  second.key = NewKey(2);
  second.is_last = false;
  HandOver(second);
  EXPECT_THAT(Progress(first.parent.job_id),
              ElementsAre(IsProgress({.step = first.step, .total = 2 * kItemsOfBatch})));
}

}  // namespace
}  // namespace protograph
