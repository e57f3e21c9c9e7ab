// Cancelling and retrying jobs in each of their states.

#include <optional>
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
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(JobCancelContract, AQueuedOneIsCancelledAtOnce) {
  const std::string job = SubmitOne();
  EXPECT_THAT(jobs().Cancel(job), IsOkAndHolds(JobState::kCancelled));
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kCancelled);
  EXPECT_NE(record.finished_at, std::nullopt);
  EXPECT_EQ(record.started_at, std::nullopt);
  EXPECT_EQ(record.attempt, 0);
  EXPECT_THAT(Queue(), Counts({.cancelled = 1}));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobCancelContract, AScheduledOneIsCancelledAtOnce) {
  JobSubmission job = NewJob();
  job.delay = kMoment;
  Submit(job);
  EXPECT_THAT(jobs().Cancel(job.job_id), IsOkAndHolds(JobState::kCancelled));
  LetAMomentPass();
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_EQ(StateOf(job.job_id), JobState::kCancelled);
  EXPECT_THAT(Queue(), Counts({.cancelled = 1}));
}

TEST_P(JobCancelContract, OneThatWaitsForAnotherAttemptIsCancelledAtOnce) {
  const std::string job = SubmitOne();
  EXPECT_THAT(Finish({TryAgain(ClaimOne(), kLong)}), IsEmpty());
  EXPECT_THAT(jobs().Cancel(job), IsOkAndHolds(JobState::kCancelled));
  EXPECT_EQ(Get(job).attempt, 1);
  EXPECT_THAT(Queue(), Counts({.cancelled = 1}));
}

TEST_P(JobCancelContract, ARunningOneIsAskedFor) {
  SubmitAll(NewJobs(3));
  const std::vector<ClaimedJob> claimed = Claim(2);
  ASSERT_THAT(claimed, SizeIs(2));
  const std::string other = NewOwner();
  ClaimOne(other);
  EXPECT_THAT(CancelRequests(owner()), IsEmpty());
  EXPECT_THAT(jobs().Cancel(claimed[1].job_id), IsOkAndHolds(JobState::kRunning));
  EXPECT_THAT(jobs().Cancel(claimed[1].job_id), IsOkAndHolds(JobState::kRunning));
  EXPECT_TRUE(Get(claimed[1].job_id).cancel_requested);
  EXPECT_FALSE(Get(claimed[0].job_id).cancel_requested);
  EXPECT_THAT(CancelRequests(owner()), ElementsAre(claimed[1].job_id));
  EXPECT_THAT(CancelRequests(other), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.running = 3}));
  EXPECT_THAT(Finish({EndCancelled(claimed[1])}), IsEmpty());
  EXPECT_THAT(CancelRequests(owner()), IsEmpty());
  EXPECT_EQ(StateOf(claimed[1].job_id), JobState::kCancelled);
}

TEST_P(JobCancelContract, WhoWasAskedMayHaveFinishedAlready) {
  const std::string job = SubmitOne();
  const ClaimedJob claimed = ClaimOne();
  EXPECT_THAT(jobs().Cancel(job), IsOkAndHolds(JobState::kRunning));
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
  EXPECT_EQ(StateOf(job), JobState::kSucceeded);
}

// A store may cancel the job as soon as nobody runs it, or hand the request on to who does.
TEST_P(JobCancelContract, ARequestIsNotForgottenWithItsOwner) {
  SubmitAll(NewJobs(3));
  const std::string dead = NewOwner();
  const std::vector<ClaimedJob> claimed = Claim(3, dead);
  ASSERT_THAT(claimed, SizeIs(3));
  for (const ClaimedJob& job : claimed) ASSERT_THAT(jobs().Cancel(job.job_id), IsOk());
  EXPECT_THAT(Finish(dead, {GiveBack(claimed[0]), TryAgain(claimed[1], kMoment)}), IsEmpty());
  Bury(dead);
  LetAMomentPass();
  for (const ClaimedJob& job : Claim()) {
    EXPECT_TRUE(Get(job.job_id).cancel_requested);
    EXPECT_THAT(Finish({EndCancelled(job)}), IsEmpty());
  }
  for (const ClaimedJob& job : claimed) EXPECT_EQ(StateOf(job.job_id), JobState::kCancelled);
  EXPECT_THAT(Queue(), Counts({.cancelled = 3}));
}

TEST_P(JobCancelContract, NothingHappensToThoseThatHaveFinished) {
  SubmitAll(NewJobs(3));
  const std::vector<ClaimedJob> claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(3));
  EXPECT_THAT(Finish({Succeed(claimed[0]), Fail(claimed[1]), EndCancelled(claimed[2])}), IsEmpty());
  EXPECT_THAT(jobs().Cancel(claimed[0].job_id), IsOkAndHolds(JobState::kSucceeded));
  EXPECT_THAT(jobs().Cancel(claimed[1].job_id), IsOkAndHolds(JobState::kFailed));
  EXPECT_THAT(jobs().Cancel(claimed[2].job_id), IsOkAndHolds(JobState::kCancelled));
  EXPECT_EQ(Contents(claimed[0].job_id).result, "done");
  EXPECT_EQ(Get(claimed[1].job_id).error, "it is broken");
  EXPECT_THAT(Queue(), Counts({.succeeded = 1, .failed = 1, .cancelled = 1}));
}

TEST_P(JobCancelContract, WhatIsNotThereIsNotFound) {
  SubmitOne();
  const std::string unknown = NewJobId();
  EXPECT_THAT(jobs().Cancel(unknown), StatusIs(absl::StatusCode::kNotFound, HasSubstr(unknown)));
  EXPECT_THAT(jobs().Retry(unknown), StatusIs(absl::StatusCode::kNotFound, HasSubstr(unknown)));
  EXPECT_THAT(jobs().Get(unknown), StatusIs(absl::StatusCode::kNotFound, HasSubstr(unknown)));
}

TEST_P(JobCancelContract, AFailedOneIsRetriedWithAllItsAttempts) {
  JobSubmission job = NewJob();
  job.max_attempts = 2;
  Submit(job);
  EXPECT_THAT(Finish({TryAgain(ClaimOne(), absl::ZeroDuration())}), IsEmpty());
  EXPECT_THAT(Finish({Fail(ClaimOne())}), IsEmpty());
  EXPECT_EQ(Get(job.job_id).attempt, 2);
  EXPECT_THAT(jobs().Retry(job.job_id), IsOk());
  const JobRecord record = Get(job.job_id);
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_EQ(record.attempt, 0);
  EXPECT_EQ(record.finished_at, std::nullopt);
  EXPECT_EQ(record.owner_id, "");
  EXPECT_NE(record.run_at, std::nullopt);
  const QueueRecord queue = Queue();
  EXPECT_EQ(queue.queued, 1);
  EXPECT_EQ(queue.running, 0);
  const ClaimedJob again = ClaimOne();
  EXPECT_EQ(again.job_id, job.job_id);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_EQ(again.max_attempts, 2);
  EXPECT_EQ(again.inputs, "the inputs");
  // Its checkpoints may be there.
  EXPECT_TRUE(again.was_claimed);
  EXPECT_THAT(Finish({Succeed(again, "at last")}), IsEmpty());
  EXPECT_EQ(Contents(job.job_id).result, "at last");
  EXPECT_THAT(List(), SizeIs(1));
}

TEST_P(JobCancelContract, ACancelledOneIsRetriedAndIsNotCancelledAgain) {
  const std::string job = SubmitOne();
  const ClaimedJob first = ClaimOne();
  EXPECT_THAT(jobs().Cancel(job), IsOkAndHolds(JobState::kRunning));
  EXPECT_THAT(Finish({EndCancelled(first)}), IsEmpty());
  EXPECT_THAT(jobs().Retry(job), IsOk());
  EXPECT_FALSE(Get(job).cancel_requested);
  const ClaimedJob again = ClaimOne();
  EXPECT_EQ(again.job_id, job);
  EXPECT_THAT(CancelRequests(owner()), IsEmpty());
  // Nor can the one before end it.
  EXPECT_THAT(Finish({EndCancelled(first)}), ElementsAre(job));
  EXPECT_EQ(StateOf(job), JobState::kRunning);
}

TEST_P(JobCancelContract, OneThatWasCancelledBeforeItRanIsRetried) {
  const std::string job = SubmitOne();
  EXPECT_THAT(jobs().Cancel(job), IsOkAndHolds(JobState::kCancelled));
  EXPECT_THAT(jobs().Retry(job), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(job));
}

TEST_P(JobCancelContract, ARetriedOneGoesBehindThoseThatWaited) {
  const std::string job = SubmitOne();
  const std::string waiting = SubmitOne();
  EXPECT_THAT(Finish({Fail(ClaimOne())}), IsEmpty());
  EXPECT_THAT(jobs().Retry(job), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(waiting, job));
}

TEST_P(JobCancelContract, AScheduledOneIsDueAtOnce) {
  JobSubmission job = NewJob();
  job.delay = kLong;
  Submit(job);
  const std::string again = SubmitOne();
  EXPECT_THAT(Finish({TryAgain(ClaimOne(), kLong)}), IsEmpty());
  EXPECT_THAT(jobs().Retry(job.job_id), IsOk());
  EXPECT_THAT(jobs().Retry(again), IsOk());
  const std::vector<ClaimedJob> claimed = Claim();
  ASSERT_THAT(IdsOf(claimed), ElementsAre(job.job_id, again));
  EXPECT_EQ(claimed[0].attempt, 1);
  EXPECT_EQ(claimed[1].attempt, 2);
}

TEST_P(JobCancelContract, OthersAreNotRetried) {
  const std::string job = SubmitOne();
  EXPECT_THAT(jobs().Retry(job),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("queued")));
  const ClaimedJob claimed = ClaimOne();
  EXPECT_THAT(jobs().Retry(job),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("running")));
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
  EXPECT_THAT(jobs().Retry(job),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("succeeded")));
  EXPECT_THAT(Queue(), Counts({.succeeded = 1}));
}

}  // namespace
}  // namespace protograph
