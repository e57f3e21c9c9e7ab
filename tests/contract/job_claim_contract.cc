// Claims: in which order jobs are handed out, how many, and to whom.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_P(JobClaimContract, ThoseThatCameFirstGoFirst) {
  std::vector<std::string> submitted;
  for (int i = 0; i < 5; ++i) submitted.push_back(SubmitOne());
  EXPECT_THAT(IdsOf(Claim()), ElementsAreArray(submitted));
}

TEST_P(JobClaimContract, WhatCameFirstIsNotToldByTheId) {
  JobSubmission first = NewJob();
  JobSubmission second = NewJob();
  std::swap(first.job_id, second.job_id);
  Submit(first);
  Submit(second);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(first.job_id, second.job_id));
}

TEST_P(JobClaimContract, APriorityOvertakesWhatCameWithinItsHours) {
  std::vector<JobSubmission> submissions = NewJobs(5);
  const std::vector<int> priorities = {0, -1, 2, 1, -1000};
  for (size_t i = 0; i < submissions.size(); ++i) {
    submissions[i].priority = priorities[i];
    Submit(submissions[i]);
  }
  EXPECT_THAT(IdsOf(Claim()),
              ElementsAre(submissions[2].job_id, submissions[3].job_id, submissions[0].job_id,
                          submissions[1].job_id, submissions[4].job_id));
}

TEST_P(JobClaimContract, AScheduledJobIsRankedByWhenItWasDue) {
  JobSubmission scheduled = NewJob();
  scheduled.delay = kMoment;
  JobSubmission urgent = NewJob();
  urgent.delay = kMoment;
  urgent.priority = 1;
  const std::string before = SubmitOne();
  SubmitAll({scheduled, urgent});
  LetAMomentPass();
  const std::string after = SubmitOne();
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(urgent.job_id, before, scheduled.job_id, after));
}

TEST_P(JobClaimContract, NoMoreAreHandedOutThanWereAskedFor) {
  const std::vector<JobSubmission> submissions = NewJobs(5);
  SubmitAll(submissions);
  EXPECT_THAT(Claim(0), IsEmpty());
  EXPECT_THAT(Claim(2), SizeIs(2));
  EXPECT_THAT(Claim(2), SizeIs(2));
  EXPECT_THAT(Claim(2), SizeIs(1));
  EXPECT_THAT(Claim(2), IsEmpty());
}

TEST_P(JobClaimContract, EachQueueHasALimitOfItsOwn) {
  for (const std::string queue : {"one", "two", "three"}) SubmitAll(NewJobs(4, queue));
  const absl::StatusOr<std::vector<ClaimedJob>> claimed =
      jobs().Claim({.owner_id = owner(),
                    .queues = {{.queue = "one", .limit = 3},
                               {.queue = "unknown", .limit = 3},
                               {.queue = "two", .limit = 1}}});
  ASSERT_THAT(claimed, IsOkAndHolds(SizeIs(4)));
  EXPECT_EQ(std::count_if(claimed->begin(), claimed->end(),
                          [](const ClaimedJob& job) { return job.queue == "one"; }),
            3);
  EXPECT_THAT(Queue("one"), Counts({.queued = 1, .running = 3}));
  EXPECT_THAT(Queue("two"), Counts({.queued = 3, .running = 1}));
  EXPECT_THAT(Queue("three"), Counts({.queued = 4}));
}

TEST_P(JobClaimContract, WhatRunsSaysSinceWhenAndByWhom) {
  const std::string job = SubmitOne();
  const ClaimedJob claimed = ClaimOne();
  EXPECT_EQ(claimed.job_id, job);
  EXPECT_EQ(claimed.attempt, 1);
  EXPECT_FALSE(claimed.was_claimed);
  EXPECT_FALSE(claimed.is_suspect);
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kRunning);
  EXPECT_EQ(record.attempt, 1);
  EXPECT_EQ(record.owner_id, owner());
  EXPECT_EQ(record.run_at, std::nullopt);
  ASSERT_NE(record.started_at, std::nullopt);
  EXPECT_GE(*record.started_at, record.submitted_at);
  EXPECT_EQ(record.finished_at, std::nullopt);
}

TEST_P(JobClaimContract, NobodyIsHandedWhatAnotherHas) {
  SubmitAll(NewJobs(6));
  const std::string other = NewOwner();
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    for (const std::string& owner_id : {owner(), other}) {
      for (const ClaimedJob& job : Claim(1, owner_id)) EXPECT_TRUE(ids.insert(job.job_id).second);
    }
  }
  EXPECT_THAT(ids, SizeIs(6));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobClaimContract, TermsIncreaseWithEachClaim) {
  const std::string job = SubmitOne();
  const ClaimedJob first = ClaimOne();
  EXPECT_GT(first.term, 0);
  EXPECT_THAT(Finish({GiveBack(first)}), IsEmpty());
  const ClaimedJob second = ClaimOne();
  EXPECT_EQ(second.job_id, job);
  EXPECT_GT(second.term, first.term);
  SubmitOne();
  EXPECT_GT(ClaimOne().term, second.term);
}

TEST_P(JobClaimContract, TheDeadAndTheUnknownAreHandedNothing) {
  SubmitOne();
  EXPECT_THAT(Claim(1, NewId()), IsEmpty());
  const std::string declared = NewOwner();
  ASSERT_THAT(store().DeclareDead(declared), IsOk());
  EXPECT_THAT(Claim(1, declared), IsEmpty());
  const std::string lapsed = NewOwner();
  ASSERT_THAT(store().Heartbeat(lapsed, kMoment), IsOk());
  LetAMomentPass();
  EXPECT_THAT(Claim(1, lapsed), IsEmpty());
  ASSERT_THAT(store().Heartbeat(lapsed, kLong), IsOk());
  EXPECT_THAT(Claim(1, lapsed), SizeIs(1));
}

TEST_P(JobClaimContract, AnAttemptAfterAnotherIsCountedAndGoesBehindThoseThatWaited) {
  JobSubmission job = NewJob();
  job.max_attempts = 3;
  Submit(job);
  const std::string waiting = SubmitOne();
  EXPECT_THAT(Finish({TryAgain(ClaimOne(), absl::ZeroDuration())}), IsEmpty());
  const std::vector<ClaimedJob> claimed = Claim();
  EXPECT_THAT(IdsOf(claimed), ElementsAre(waiting, job.job_id));
  EXPECT_EQ(claimed.back().attempt, 2);
  EXPECT_TRUE(claimed.back().was_claimed);
  EXPECT_FALSE(claimed.back().is_suspect);
  EXPECT_THAT(Get(job.job_id).attempt, 2);
}

TEST_P(JobClaimContract, WhatIsGivenBackIsNextAgainAndItsAttemptDoesNotCount) {
  const std::string first = SubmitOne();
  const std::string second = SubmitOne();
  const absl::Time due = *Get(first).run_at;
  EXPECT_THAT(Finish({GiveBack(ClaimOne())}), IsEmpty());
  const JobRecord record = Get(first);
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_EQ(record.attempt, 0);
  EXPECT_EQ(record.owner_id, "");
  EXPECT_THAT(record.run_at, Optional(due));
  const std::vector<ClaimedJob> claimed = Claim();
  ASSERT_THAT(IdsOf(claimed), ElementsAre(first, second));
  EXPECT_EQ(claimed[0].attempt, 1);
  EXPECT_TRUE(claimed[0].was_claimed);
  EXPECT_FALSE(claimed[0].is_suspect);
}

TEST_P(JobClaimContract, WhatIsGivenBackWithoutHavingBegunHasLeftNothing) {
  JobSubmission job = NewJob();
  job.max_attempts = 2;
  Submit(job);
  JobEnd unbegun = GiveBack(ClaimOne());
  unbegun.was_begun = false;
  EXPECT_THAT(Finish({unbegun}), IsEmpty());
  const ClaimedJob second = ClaimOne();
  EXPECT_FALSE(second.was_claimed);
  EXPECT_THAT(Finish({TryAgain(second, absl::ZeroDuration())}), IsEmpty());
  // It has begun once, which is not forgotten.
  unbegun = GiveBack(ClaimOne());
  unbegun.was_begun = false;
  EXPECT_THAT(Finish({unbegun}), IsEmpty());
  EXPECT_TRUE(ClaimOne().was_claimed);
}

TEST_P(JobClaimContract, AClaimWhoseAnswerWasLostIsAnsweredAgain) {
  SubmitAll(NewJobs(6));
  const std::string other = NewOwner();
  Claim(1, other);
  const std::vector<ClaimedJob> known = Claim(1);
  ASSERT_THAT(known, SizeIs(1));
  const std::vector<ClaimedJob> lost = Claim(3);
  ASSERT_THAT(lost, SizeIs(3));
  EXPECT_THAT(Finish({Succeed(lost[1])}), IsEmpty());
  ClaimRequest request = {.owner_id = owner(),
                          .queues = {{.queue = std::string(kDefaultQueue), .limit = 5}},
                          .recovers = true,
                          .last_term = known[0].term};
  const absl::StatusOr<std::vector<ClaimedJob>> recovered = jobs().Claim(request);
  ASSERT_THAT(recovered, IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT(IdsOf(*recovered), ElementsAre(lost[0].job_id, lost[2].job_id));
  EXPECT_EQ((*recovered)[0].term, lost[0].term);
  EXPECT_EQ((*recovered)[1].term, lost[2].term);
  EXPECT_EQ((*recovered)[0].attempt, 1);
  EXPECT_EQ((*recovered)[0].inputs, "the inputs");
  EXPECT_EQ((*recovered)[0].queue, kDefaultQueue);
  EXPECT_FALSE((*recovered)[0].is_suspect);
  EXPECT_THAT(Queue(), Counts({.queued = 1, .running = 4, .succeeded = 1}));
  // Where no answer was lost it claims.
  request.last_term = lost[2].term;
  EXPECT_THAT(jobs().Claim(request), IsOkAndHolds(SizeIs(1)));
}

TEST_P(JobClaimContract, PausingLeavesAloneWhatRuns) {
  SubmitOne();
  const ClaimedJob claimed = ClaimOne();
  Configure({.mode = QueueMode::kPaused});
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
  EXPECT_EQ(StateOf(claimed.job_id), JobState::kSucceeded);
}

TEST_P(JobClaimContract, AQueueMayBeAskedForBesideAPausedOne) {
  SubmitOne("paused");
  const std::string job = SubmitOne("other");
  Configure("paused", {.mode = QueueMode::kPaused});
  const absl::StatusOr<std::vector<ClaimedJob>> claimed =
      jobs().Claim({.owner_id = owner(),
                    .queues = {{.queue = "paused", .limit = 9}, {.queue = "other", .limit = 9}}});
  ASSERT_THAT(claimed, IsOk());
  EXPECT_THAT(IdsOf(*claimed), UnorderedElementsAre(job));
}

}  // namespace
}  // namespace protograph
