// What becomes of a running job, and who may say so.

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

constexpr int kNotFound = static_cast<int>(absl::StatusCode::kNotFound);

TEST_P(JobEndContract, ASuccessKeepsItsResult) {
  const std::string job = SubmitOne();
  const std::string result = std::string("\0\1\xFF'\\", 5) + std::string(100'000, 'r');
  EXPECT_THAT(Finish({Succeed(ClaimOne(), result)}), IsEmpty());
  const JobContents contents = Contents(job);
  EXPECT_EQ(contents.result, result);
  EXPECT_EQ(contents.inputs, "the inputs");
  const JobRecord& record = contents.record;
  EXPECT_EQ(record.state, JobState::kSucceeded);
  EXPECT_EQ(record.attempt, 1);
  EXPECT_EQ(record.owner_id, owner());
  EXPECT_EQ(record.run_at, std::nullopt);
  ASSERT_NE(record.started_at, std::nullopt);
  ASSERT_NE(record.finished_at, std::nullopt);
  EXPECT_GE(*record.started_at, record.submitted_at);
  EXPECT_GE(*record.finished_at, *record.started_at);
  EXPECT_THAT(Queue(), Counts({.succeeded = 1}));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobEndContract, AResultMayBeEmpty) {
  const std::string job = SubmitOne();
  EXPECT_THAT(Finish({Succeed(ClaimOne(), "")}), IsEmpty());
  EXPECT_EQ(Contents(job).result, "");
  EXPECT_EQ(StateOf(job), JobState::kSucceeded);
}

TEST_P(JobEndContract, AFailureKeepsItsError) {
  const std::string job = SubmitOne();
  const std::string error = "it's \"broken\"; DROP TABLE jobs; -- \xC3\xA4 \\ {1}";
  EXPECT_THAT(Finish({Fail(ClaimOne(), error)}), IsEmpty());
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kFailed);
  EXPECT_EQ(record.error_code, kNotFound);
  EXPECT_EQ(record.error, error);
  EXPECT_EQ(record.failed_step, "FetchMovie");
  EXPECT_NE(record.finished_at, std::nullopt);
  EXPECT_EQ(Contents(job).result, "");
  EXPECT_THAT(Queue(), Counts({.failed = 1}));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobEndContract, AnErrorThatIsNoTextDoesNotLoseTheFailure) {
  const std::string job = SubmitOne();
  JobEnd end = Fail(ClaimOne(), std::string("bytes: \xFF\0\xC3 end", 14));
  end.failed_step = "\xFF";
  EXPECT_THAT(Finish({end}), IsEmpty());
  EXPECT_EQ(StateOf(job), JobState::kFailed);
  EXPECT_THAT(Get(job).error, HasSubstr("bytes: "));
}

TEST_P(JobEndContract, ACancelledJobKeepsWhy) {
  const std::string job = SubmitOne();
  EXPECT_THAT(Finish({EndCancelled(ClaimOne())}), IsEmpty());
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kCancelled);
  EXPECT_EQ(record.error, "it was asked to stop");
  EXPECT_NE(record.finished_at, std::nullopt);
  EXPECT_THAT(Queue(), Counts({.cancelled = 1}));
}

TEST_P(JobEndContract, AnotherAttemptWaitsAndSaysWhy) {
  JobSubmission job = NewJob();
  job.max_attempts = 2;
  Submit(job);
  const absl::Time now = Now();
  EXPECT_THAT(Finish({TryAgain(ClaimOne(), kLong)}), IsEmpty());
  const JobRecord record = Get(job.job_id);
  EXPECT_EQ(record.state, JobState::kScheduled);
  EXPECT_EQ(record.attempt, 1);
  EXPECT_EQ(record.error_code, kNotFound);
  EXPECT_EQ(record.error, "not this time");
  EXPECT_EQ(record.failed_step, "FetchMovie");
  EXPECT_EQ(record.owner_id, "");
  EXPECT_EQ(record.finished_at, std::nullopt);
  EXPECT_THAT(record.run_at, Optional(About(now + kLong)));
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.scheduled = 1}));
}

TEST_P(JobEndContract, AnotherAttemptIsDueAfterItsWait) {
  JobSubmission job = NewJob();
  job.max_attempts = 2;
  Submit(job);
  EXPECT_THAT(Finish({TryAgain(ClaimOne(), kMoment)}), IsEmpty());
  EXPECT_EQ(StateOf(job.job_id), JobState::kScheduled);
  LetAMomentPass();
  const ClaimedJob second = ClaimOne();
  EXPECT_EQ(second.job_id, job.job_id);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_EQ(second.inputs, "the inputs");
  EXPECT_THAT(Finish({Succeed(second)}), IsEmpty());
  EXPECT_EQ(Get(job.job_id).attempt, 2);
}

TEST_P(JobEndContract, WhatIsPutOffWaitsAndItsAttemptDoesNotCount) {
  const std::string job = SubmitOne();
  EXPECT_THAT(Finish({PutOff(ClaimOne(), kMoment)}), IsEmpty());
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kScheduled);
  EXPECT_EQ(record.attempt, 0);
  EXPECT_EQ(record.error, "not this time");
  LetAMomentPass();
  const ClaimedJob again = ClaimOne();
  EXPECT_EQ(again.attempt, 1);
  EXPECT_TRUE(again.was_claimed);
  EXPECT_THAT(Finish({PutOff(again, kLong)}), IsEmpty());
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.scheduled = 1}));
}

TEST_P(JobEndContract, EachJobOfOneCallEndsAsItIsSaid) {
  SubmitAll(NewJobs(6));
  const std::vector<ClaimedJob> claimed = Claim();
  ASSERT_EQ(claimed.size(), 6);
  EXPECT_THAT(Finish({Succeed(claimed[0], "zero"), Fail(claimed[1]), TryAgain(claimed[2], kLong),
                      EndCancelled(claimed[3]), GiveBack(claimed[4]), PutOff(claimed[5], kLong)}),
              IsEmpty());
  EXPECT_EQ(Contents(claimed[0].job_id).result, "zero");
  EXPECT_EQ(StateOf(claimed[1].job_id), JobState::kFailed);
  EXPECT_EQ(StateOf(claimed[2].job_id), JobState::kScheduled);
  EXPECT_EQ(StateOf(claimed[3].job_id), JobState::kCancelled);
  EXPECT_EQ(StateOf(claimed[4].job_id), JobState::kQueued);
  EXPECT_EQ(StateOf(claimed[5].job_id), JobState::kScheduled);
  EXPECT_THAT(Queue(),
              Counts({.scheduled = 2, .queued = 1, .succeeded = 1, .failed = 1, .cancelled = 1}));
}

TEST_P(JobEndContract, NothingEndsNothing) {
  EXPECT_THAT(Finish(std::vector<JobEnd>()), IsEmpty());
}

TEST_P(JobEndContract, OnlyTheOwnerMaySayItAndOnlyUnderItsTerm) {
  const std::string job = SubmitOne();
  const ClaimedJob claimed = ClaimOne();
  ClaimedJob older = claimed;
  --older.term;
  ClaimedJob newer = claimed;
  ++newer.term;
  const std::string other = NewOwner();
  for (const auto& end_as : {+[](const ClaimedJob& claim) { return Succeed(claim); },
                             +[](const ClaimedJob& claim) { return Fail(claim); },
                             +[](const ClaimedJob& claim) { return TryAgain(claim, kLong); },
                             +[](const ClaimedJob& claim) { return PutOff(claim, kLong); },
                             +[](const ClaimedJob& claim) { return EndCancelled(claim); },
                             +[](const ClaimedJob& claim) { return GiveBack(claim); }}) {
    EXPECT_THAT(Finish(other, {end_as(claimed)}), ElementsAre(job));
    EXPECT_THAT(Finish({end_as(older)}), ElementsAre(job));
    EXPECT_THAT(Finish({end_as(newer)}), ElementsAre(job));
  }
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kRunning);
  EXPECT_EQ(record.owner_id, owner());
  EXPECT_EQ(record.attempt, 1);
  EXPECT_EQ(record.error, "");
  EXPECT_THAT(Queue(), Counts({.running = 1}));
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
}

TEST_P(JobEndContract, WhatIsRefusedDoesNotDisturbTheOthers) {
  SubmitAll(NewJobs(3));
  const std::vector<ClaimedJob> claimed = Claim(2);
  ASSERT_EQ(claimed.size(), 2);
  ClaimedJob wrong = claimed[1];
  ++wrong.term;
  const ClaimedJob unknown = ClaimOf(NewJobId(), 1);
  const JobRecord queued = List({.states = {JobState::kQueued}})[0];
  const ClaimedJob unclaimed = ClaimOf(queued.job_id, 0);
  EXPECT_THAT(Finish({Succeed(wrong), Succeed(unknown), Succeed(claimed[0]), Fail(unclaimed)}),
              UnorderedElementsAre(wrong.job_id, unknown.job_id, unclaimed.job_id));
  EXPECT_EQ(StateOf(claimed[0].job_id), JobState::kSucceeded);
  EXPECT_EQ(StateOf(claimed[1].job_id), JobState::kRunning);
  EXPECT_EQ(StateOf(queued.job_id), JobState::kQueued);
  EXPECT_THAT(Queue(), Counts({.queued = 1, .running = 1, .succeeded = 1}));
}

TEST_P(JobEndContract, WhoGaveItBackHasItNoMore) {
  const std::string job = SubmitOne();
  const ClaimedJob first = ClaimOne();
  EXPECT_THAT(Finish({GiveBack(first)}), IsEmpty());
  EXPECT_THAT(Finish({Succeed(first)}), ElementsAre(job));
  const ClaimedJob second = ClaimOne(NewOwner());
  EXPECT_THAT(Finish({Succeed(first)}), ElementsAre(job));
  EXPECT_EQ(StateOf(job), JobState::kRunning);
  EXPECT_EQ(Get(job).attempt, second.attempt);
}

TEST_P(JobEndContract, WhoGaveItBackAndHasItAgainEndsItUnderTheNewTerm) {
  const std::string job = SubmitOne();
  const ClaimedJob first = ClaimOne();
  EXPECT_THAT(Finish({GiveBack(first)}), IsEmpty());
  const ClaimedJob second = ClaimOne();
  EXPECT_THAT(Finish({Succeed(first, "stale")}), ElementsAre(job));
  EXPECT_THAT(Finish({Succeed(second, "fresh")}), IsEmpty());
  EXPECT_EQ(Contents(job).result, "fresh");
}

TEST_P(JobEndContract, WhatIsRepeatedIsAnsweredAsBefore) {
  SubmitAll(NewJobs(3));
  const std::vector<ClaimedJob> claimed = Claim();
  ASSERT_EQ(claimed.size(), 3);
  const std::vector<JobEnd> ends = {Succeed(claimed[0], "once"), Fail(claimed[1]),
                                    EndCancelled(claimed[2])};
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Finish(ends), IsEmpty());
  EXPECT_EQ(Contents(claimed[0].job_id).result, "once");
  EXPECT_EQ(Get(claimed[1].job_id).error, "it is broken");
  EXPECT_THAT(Queue(), Counts({.succeeded = 1, .failed = 1, .cancelled = 1}));
}

TEST_P(JobEndContract, AnEndIsNotChangedByALaterOne) {
  const std::string job = SubmitOne();
  const ClaimedJob claimed = ClaimOne();
  EXPECT_THAT(Finish({Succeed(claimed, "first")}), IsEmpty());
  EXPECT_THAT(Finish({Fail(claimed)}), ElementsAre(job));
  EXPECT_THAT(Finish({TryAgain(claimed, kLong)}), ElementsAre(job));
  EXPECT_THAT(Finish({GiveBack(claimed)}), ElementsAre(job));
  EXPECT_THAT(Finish(NewOwner(), {Succeed(claimed, "second")}), ElementsAre(job));
  EXPECT_EQ(Contents(job).result, "first");
  EXPECT_EQ(Get(job).error, "");
  EXPECT_THAT(Queue(), Counts({.succeeded = 1}));
}

TEST_P(JobEndContract, AResultBeyondTheLimitIsRefused) {
  const std::string job = SubmitOne();
  const std::vector<JobEnd> ends = {Succeed(ClaimOne(), std::string(kLargestPayload + 1, 'x'))};
  EXPECT_THAT(jobs().Finish(owner(), ends),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(job)));
  EXPECT_EQ(StateOf(job), JobState::kRunning);
}

}  // namespace
}  // namespace protograph
