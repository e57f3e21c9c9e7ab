// When a parent goes on: told by whoever ended its last batch, or found by upkeep.

#include <atomic>
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
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(ItemResumeContract, OnlyOnceNoBatchIsOpen) {
  const FanOut fan_out = BeginToWait();
  const std::string parent = fan_out.parent.job_id;
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  Resume(parent);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  Complete(children[0]);
  Resume(parent);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  Complete(children[1]);
  Resume(parent);
  EXPECT_EQ(StateOf(parent), JobState::kQueued);
  const ClaimedJob resumed = ClaimThe(parent);
  EXPECT_GT(resumed.term, fan_out.parent.term);
  EXPECT_EQ(resumed.attempt, 1);
  EXPECT_TRUE(resumed.was_claimed);
  EXPECT_FALSE(resumed.is_suspect);
  EXPECT_EQ(resumed.inputs, "the inputs");
  EXPECT_EQ(Get(parent).attempt, 1);
  EXPECT_EQ(Get(parent).owner_id, owner());
  EXPECT_THAT(Finish({Succeed(resumed, "all of it")}), IsEmpty());
  EXPECT_EQ(Contents(parent).result, "all of it");
  EXPECT_EQ(Get(parent).attempt, 1);
}

TEST_P(ItemResumeContract, InTheAttemptInWhichItWas) {
  JobSubmission job = NewJob();
  job.max_attempts = 3;
  EXPECT_THAT(Finish({TryAgain(ClaimNew(job), absl::ZeroDuration())}), IsEmpty());
  FanOut fan_out = NewFanOut(ClaimThe(job.job_id), 1);
  EXPECT_EQ(fan_out.attempt, 2);
  fan_out.timeout = kLong;
  HandOver(fan_out);
  EXPECT_EQ(Get(job.job_id).attempt, 2);
  EXPECT_EQ(Find(job.job_id).attempt, 2);
  EXPECT_EQ(BatchOf(fan_out, 0).attempt, 2);
  EXPECT_EQ(TimeLeft(job.job_id, 1), absl::InfiniteDuration());
  EXPECT_THAT(TimeLeft(job.job_id, 2), AlmostAll(kLong));
  Complete(ClaimBatches(fan_out)[0]);
  Resume(job.job_id);
  const ClaimedJob resumed = ClaimThe(job.job_id);
  EXPECT_EQ(resumed.attempt, 2);
  EXPECT_EQ(resumed.max_attempts, 3);
  // The next one counts again.
  EXPECT_THAT(Finish({TryAgain(resumed, absl::ZeroDuration())}), IsEmpty());
  const ClaimedJob last = ClaimThe(job.job_id);
  EXPECT_EQ(last.attempt, 3);
  EXPECT_EQ(Find(job.job_id).attempt, 2);
  EXPECT_EQ(BatchOf(fan_out, 0).results, "results");
  // It may hand over more at the same place.
  const FanOut more = NewFanOut(last, 1);
  HandOver(more);
  EXPECT_EQ(Find(job.job_id).attempt, 3);
  EXPECT_EQ(BatchOf(fan_out, 0).attempt, 2);
  EXPECT_EQ(BatchOf(more, 0).attempt, 3);
}

TEST_P(ItemResumeContract, AParentThatHasHandedOverOftenHasHadOneAttempt) {
  FanOut fan_out = BeginToWait(1);
  const std::string parent = fan_out.parent.job_id;
  for (int place = 2; place < 6; ++place) {
    Complete(ClaimBatches(fan_out)[0]);
    Resume(parent);
    const ClaimedJob resumed = ClaimThe(parent);
    EXPECT_EQ(resumed.attempt, 1);
    fan_out = NewFanOut(resumed, 1);
    fan_out.key = NewKey(place);
    HandOver(fan_out);
  }
  EXPECT_EQ(Get(parent).attempt, 1);
}

TEST_P(ItemResumeContract, InItsOldPlace) {
  const FanOut fan_out = BeginToWait(1);
  const ClaimedJob child = ClaimBatches(fan_out)[0];
  const std::string later = SubmitOne();
  Complete(child);
  Resume(fan_out.parent.job_id);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(fan_out.parent.job_id, later));
}

TEST_P(ItemResumeContract, AtOnceThoughBatchesAreOpen) {
  const FanOut fan_out = BeginToWait();
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  EXPECT_THAT(Finish({Fail(children[0])}), IsEmpty());
  ResumeAtOnce(fan_out);
  EXPECT_EQ(ClaimThe(fan_out.parent.job_id).attempt, 1);
  EXPECT_TRUE(BatchOf(fan_out, 1).is_open);
  Complete(children[1]);
  Resume(fan_out.parent.job_id);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
}

TEST_P(ItemResumeContract, AtOnceOnlyUnderTheTermOfItsLastCall) {
  const FanOut first = BeginToWait();
  const std::string& parent = first.parent.job_id;
  ResumeAtOnce(first);
  FanOut second = NewFanOut(ClaimThe(parent), 1);
  second.key = NewKey(2);
  HandOver(second);
  const std::vector<ClaimedJob> children = Claim();
  ASSERT_THAT(children, SizeIs(3));
  // Somebody is late: the parent has gone on and waits for others too.
  ResumeAtOnce(first);
  ResumeAtOnce({.job_id = parent, .term = second.parent.term + 1});
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  // It is a call as any other.
  for (const ClaimedJob& child : children) Complete(child);
  ResumeAtOnce(first);
  ClaimThe(parent);
}

TEST_P(ItemResumeContract, OfTwoThatSayItTheOneOfTheLastCallCounts) {
  const FanOut fan_out = BeginToWait();
  const std::string& parent = fan_out.parent.job_id;
  ClaimBatches(fan_out);
  const std::vector<ParentToResume> parents = {
      {.job_id = parent, .at_once = true, .term = fan_out.parent.term - 1},
      {.job_id = parent, .at_once = true, .term = fan_out.parent.term},
      {.job_id = parent}};
  EXPECT_THAT(items().Resume(parents), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(parent));
}

TEST_P(ItemResumeContract, AtOnceBeforeTheLastCallItDoesNotBeginToWait) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  fan_out.is_last = false;
  HandOver(fan_out);
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  EXPECT_THAT(Finish({Fail(children[0])}), IsEmpty());
  ResumeAtOnce(fan_out);
  // It is its owner's until it has said the last.
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_EQ(Get(parent.job_id).owner_id, owner());
  FanOut more = NewFanOut(parent, 1);
  more.is_last = false;
  HandOver(more);
  ClaimBatches(more);
  FanOut last = fan_out;
  last.batches.clear();
  last.is_last = true;
  HandOver(last);
  const ClaimedJob resumed = ClaimThe(parent.job_id);
  EXPECT_EQ(resumed.attempt, 1);
  EXPECT_EQ(Find(parent.job_id).attempt, 1);
  EXPECT_TRUE(BatchOf(fan_out, 1).is_open);
  // It was of that term.
  FanOut again = NewFanOut(resumed, 0);
  HandOver(again);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
}

TEST_P(ItemResumeContract, AtOnceBeforeTheLastCallIsOverWithTheAttempt) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  fan_out.is_last = false;
  HandOver(fan_out);
  ClaimBatches(fan_out);
  ResumeAtOnce(fan_out);
  EXPECT_THAT(Finish({GiveBack(parent)}), IsEmpty());
  const ClaimedJob again = ClaimThe(parent.job_id);
  // Of the term before.
  ResumeAtOnce(fan_out);
  FanOut next = NewFanOut(again, 1);
  next.is_last = false;
  HandOver(next);
  ClaimBatches(next);
  next.batches.clear();
  next.is_last = true;
  HandOver(next);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  ResumeAtOnce(next);
  ClaimThe(parent.job_id);
}

TEST_P(ItemResumeContract, ABatchWithResultsIsNotWaitedFor) {
  const FanOut fan_out = BeginToWait(1);
  Store(ClaimBatches(fan_out)[0]);
  EXPECT_TRUE(BatchOf(fan_out, 0).is_open);
  Resume(fan_out.parent.job_id);
  ClaimThe(fan_out.parent.job_id);
}

TEST_P(ItemResumeContract, ABatchThatHasFailedIsNotWaitedFor) {
  const FanOut fan_out = BeginToWait(3);
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  EXPECT_THAT(Finish({Fail(children[0]), EndCancelled(children[1])}), IsEmpty());
  Resume(fan_out.parent.job_id);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  // One that waits for its next attempt is.
  EXPECT_THAT(Finish({TryAgain(children[2], kLong)}), IsEmpty());
  Resume(fan_out.parent.job_id);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(jobs().Cancel(children[2].job_id), IsOk());
  Resume(fan_out.parent.job_id);
  ClaimThe(fan_out.parent.job_id);
}

TEST_P(ItemResumeContract, OthersAreLeftAlone) {
  const std::string waiting = SubmitOne();
  const ClaimedJob running = ClaimThe(waiting);
  const RunningJob as_it_was = {.job_id = waiting, .term = running.term};
  ResumeAtOnce(as_it_was);
  ResumeAtOnce({.job_id = NewJobId(), .term = running.term});
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(running)}), IsEmpty());
  ResumeAtOnce(as_it_was);
  EXPECT_EQ(StateOf(waiting), JobState::kSucceeded);
  EXPECT_THAT(items().Resume({}), IsOk());
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(ItemResumeContract, TwoThatEndTheLastBatchesResumeItOnce) {
  const FanOut fan_out = BeginToWait();
  const std::string other = NewOwner();
  const ClaimedJob first = ClaimThe(fan_out.batches[0].job_id);
  const ClaimedJob second = ClaimOne(other);
  Complete(first);
  Complete(other, second);
  Resume(fan_out.parent.job_id);
  Resume(fan_out.parent.job_id);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(fan_out.parent.job_id));
  Resume(fan_out.parent.job_id);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_EQ(Get(fan_out.parent.job_id).attempt, 1);
}

TEST_P(ItemResumeContract, ManyThatEndBatchesAtOnceResumeItOnce) {
  for (int round = 0; round < 10; ++round) {
    const FanOut fan_out = BeginToWait(kThreads);
    const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
    std::atomic<int> resumed{0};
    InThreads([&](int i) {
      Complete(children[static_cast<size_t>(i)]);
      Resume(fan_out.parent.job_id);
      for (const ClaimedJob& job : Claim()) {
        EXPECT_EQ(job.job_id, fan_out.parent.job_id);
        EXPECT_EQ(job.attempt, 1);
        ++resumed;
      }
    });
    // The last of them has found nothing open.
    resumed += static_cast<int>(Claim().size());
    EXPECT_EQ(resumed, 1);
  }
}

TEST_P(ItemResumeContract, BatchesMayEndWhileTheParentHandsOver) {
  for (int round = 0; round < 10; ++round) {
    const ClaimedJob parent = ClaimNew();
    FanOut fan_out = NewFanOut(parent, kThreads - 1);
    fan_out.is_last = false;
    HandOver(fan_out);
    const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
    InThreads([&](int i) {
      if (i == kThreads - 1) {
        FanOut last = fan_out;
        last.batches.clear();
        last.is_last = true;
        HandOver(last);
        return;
      }
      Complete(children[static_cast<size_t>(i)]);
      Resume(parent.job_id);
    });
    EXPECT_THAT(IdsOf(Claim()), ElementsAre(parent.job_id));
  }
}

TEST_P(ItemResumeContract, UpkeepFindsWhatNobodyHasResumed) {
  const FanOut fan_out = BeginToWait();
  const std::vector<ClaimedJob> children = ClaimBatches(fan_out);
  Complete(children[0]);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Finish({Fail(children[1])}), IsEmpty());
  Maintain();
  EXPECT_EQ(ClaimThe(fan_out.parent.job_id).attempt, 1);
}

TEST_P(ItemResumeContract, UpkeepFindsManyInSeveralCalls) {
  std::vector<std::string> parents;
  for (int i = 0; i < 3; ++i) {
    const FanOut fan_out = BeginToWait(1);
    Complete(ClaimBatches(fan_out)[0]);
    parents.push_back(fan_out.parent.job_id);
  }
  MaintainOptions options = KeepFinished();
  options.batch = 1;
  int calls = 0;
  while (Maintain(options).more && calls < kMostCalls) ++calls;
  EXPECT_LT(calls, kMostCalls);
  EXPECT_THAT(IdsOf(Claim()), ::testing::UnorderedElementsAreArray(parents));
}

TEST_P(ItemResumeContract, UpkeepFindsThoseWhoseTimeIsOver) {
  FanOut fan_out = NewFanOut(ClaimNew());
  fan_out.timeout = kMoment;
  HandOver(fan_out);
  ClaimBatches(fan_out);
  LetAMomentPass();
  Maintain();
  const ClaimedJob resumed = ClaimThe(fan_out.parent.job_id);
  EXPECT_EQ(resumed.attempt, 1);
  EXPECT_LT(TimeLeft(resumed.job_id), absl::ZeroDuration());
  EXPECT_TRUE(BatchOf(fan_out, 0).is_open);
}

TEST_P(ItemResumeContract, UpkeepLeavesThoseAloneThatHaveTime) {
  FanOut fan_out = NewFanOut(ClaimNew());
  fan_out.timeout = kLong;
  HandOver(fan_out);
  ClaimBatches(fan_out);
  LetAMomentPass();
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
}

TEST_P(ItemResumeContract, TheTimeIsThatOfTheLastCall) {
  const ClaimedJob parent = ClaimNew();
  FanOut fan_out = NewFanOut(parent);
  fan_out.timeout = kMoment;
  fan_out.is_last = false;
  HandOver(fan_out);
  FanOut last = NewFanOut(parent, 0);
  last.timeout = kLong;
  HandOver(last);
  ClaimBatches(fan_out);
  LetAMomentPass();
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
}

TEST_P(ItemResumeContract, WhoFoundNoJobIsToldOfTheParent) {
  const FanOut fan_out = BeginToWait(1);
  Complete(ClaimBatches(fan_out)[0]);
  const std::string other = NewOwner();
  Listening listening(jobs(), other);
  ASSERT_THAT(jobs().Claim({.owner_id = other,
                            .queues = {{.queue = std::string(kDefaultQueue), .limit = 1}},
                            .wake_if_empty = true}),
              IsOk());
  Resume(fan_out.parent.job_id);
  EXPECT_TRUE(listening->WaitForWork());
}

}  // namespace
}  // namespace protograph
