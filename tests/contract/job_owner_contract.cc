// Jobs whose owners die: they come back, and those that kill their owners are set aside.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_P(JobOwnerContract, JobsOfTheDeclaredDeadComeBack) {
  const std::string job = SubmitOne();
  const std::string dead = NewOwner();
  const ClaimedJob lost = ClaimOne(dead);
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  const MaintainResult result = Maintain();
  EXPECT_EQ(result.returned, 1);
  EXPECT_EQ(result.set_aside, 0);
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_EQ(record.owner_id, "");
  EXPECT_EQ(record.crashes, 0);
  EXPECT_THAT(Queue(), Counts({.queued = 1}));
  const ClaimedJob again = ClaimOne();
  EXPECT_EQ(again.job_id, job);
  EXPECT_GT(again.term, lost.term);
  EXPECT_EQ(again.inputs, "the inputs");
  EXPECT_TRUE(again.was_claimed);
  EXPECT_TRUE(again.is_suspect);
}

TEST_P(JobOwnerContract, JobsComeBackOnceTheLeaseHasRunOut) {
  const std::string job = SubmitOne();
  const std::string dead = NewOwner();
  ClaimOne(dead);
  EXPECT_EQ(Maintain().returned, 0);
  ASSERT_THAT(store().Heartbeat(dead, kMoment), IsOk());
  LetAMomentPass();
  EXPECT_EQ(Maintain().returned, 1);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(job));
}

TEST_P(JobOwnerContract, TheLapsedAreSparedWhereItIsSaidAndTheDeclaredDeadAreNot) {
  SubmitAll(NewJobs(2));
  const std::string lapsed = NewOwner();
  const std::string dead = NewOwner();
  const ClaimedJob kept = ClaimOne(lapsed);
  ClaimOne(dead);
  ASSERT_THAT(store().Heartbeat(lapsed, kMoment), IsOk());
  LetAMomentPass();
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  MaintainOptions options = KeepFinished();
  options.lapsed_are_dead = false;
  EXPECT_EQ(Maintain(options).returned, 1);
  EXPECT_THAT(store().Heartbeat(lapsed, kLong), IsOk());
  EXPECT_THAT(Finish(lapsed, {Succeed(kept)}), IsEmpty());
}

TEST_P(JobOwnerContract, JobsOfTheLivingStay) {
  const std::string mine = SubmitOne();
  ClaimOne();
  SubmitOne();
  const std::string dead = NewOwner();
  ClaimOne(dead);
  Bury(dead);
  EXPECT_EQ(StateOf(mine), JobState::kRunning);
  EXPECT_THAT(Queue(), Counts({.queued = 1, .running = 1}));
}

TEST_P(JobOwnerContract, JobsOfOwnersThatWereForgottenComeBackToo) {
  const std::string job = SubmitOne();
  const std::string dead = NewOwner();
  ClaimOne(dead);
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  LetAMomentPass();
  Retention retention = KeepEverything();
  retention.owners = absl::ZeroDuration();
  SweepAll(retention);
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(job));
}

TEST_P(JobOwnerContract, WhoLostItsJobsFindsThatItHas) {
  SubmitAll(NewJobs(2));
  const std::string lapsed = NewOwner();
  const std::vector<ClaimedJob> lost = Claim(2, lapsed);
  ASSERT_THAT(lost, SizeIs(2));
  ASSERT_THAT(store().Heartbeat(lapsed, kMoment), IsOk());
  LetAMomentPass();
  Maintain();
  const ClaimedJob taken = ClaimOne();
  // It was not dead after all, but must begin anew: others have what it had.
  EXPECT_THAT(store().Heartbeat(lapsed, kLong), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Claim(1, lapsed), IsEmpty());
  EXPECT_THAT(Finish(lapsed, {Succeed(lost[0], "late"), Fail(lost[1])}),
              UnorderedElementsAre(lost[0].job_id, lost[1].job_id));
  EXPECT_THAT(MarkStarted(lapsed, lost[0]), ElementsAre(lost[0].job_id));
  EXPECT_THAT(Queue(), Counts({.queued = 1, .running = 1}));
  EXPECT_THAT(Finish({Succeed(taken, "in time")}), IsEmpty());
  EXPECT_THAT(Finish(lapsed, {Succeed(lost[0], "late"), Succeed(lost[1], "late")}), SizeIs(2));
  EXPECT_EQ(Contents(taken.job_id).result, "in time");
}

TEST_P(JobOwnerContract, AJobWithOneAttemptComesBackToo) {
  JobSubmission job = NewJob();
  job.max_attempts = 1;
  Submit(job);
  const std::string dead = NewOwner();
  ClaimOne(dead);
  Bury(dead);
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  EXPECT_EQ(StateOf(job.job_id), JobState::kSucceeded);
}

TEST_P(JobOwnerContract, WhatCameBackIsNextAgain) {
  const std::string first = SubmitOne();
  const std::string second = SubmitOne();
  const std::string dead = NewOwner();
  EXPECT_EQ(ClaimOne(dead).job_id, first);
  Bury(dead);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(first, second));
}

TEST_P(JobOwnerContract, SuspectsThatWereStartedCountTheirCrashesAndAreSetAside) {
  const std::string job = SubmitOne();
  const MaintainOptions options = {
      .most_crashes = 2, .keep_succeeded = kLong, .keep_failed = kLong};
  // It becomes one with the first death.
  const std::string first = NewOwner();
  ClaimOne(first);
  ASSERT_THAT(store().DeclareDead(first), IsOk());
  EXPECT_EQ(Maintain(options).returned, 1);
  const std::string second = NewOwner();
  EXPECT_THAT(MarkStarted(second, ClaimOne(second)), IsEmpty());
  ASSERT_THAT(store().DeclareDead(second), IsOk());
  EXPECT_EQ(Maintain(options).returned, 1);
  EXPECT_EQ(Get(job).crashes, 1);
  const std::string third = NewOwner();
  const ClaimedJob claimed = ClaimOne(third);
  EXPECT_TRUE(claimed.is_suspect);
  EXPECT_EQ(claimed.crashes, 1);
  EXPECT_THAT(MarkStarted(third, claimed), IsEmpty());
  ASSERT_THAT(store().DeclareDead(third), IsOk());
  const MaintainResult result = Maintain(options);
  EXPECT_EQ(result.returned, 0);
  EXPECT_EQ(result.set_aside, 1);
  const JobRecord record = Get(job);
  EXPECT_EQ(record.state, JobState::kFailed);
  EXPECT_EQ(record.crashes, 2);
  EXPECT_NE(record.error_code, 0);
  EXPECT_THAT(record.error, AllOf(HasSubstr("workers"), ContainsRegex("died|deaths")));
  EXPECT_NE(record.finished_at, std::nullopt);
  EXPECT_THAT(Queue(), Counts({.failed = 1}));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobOwnerContract, SuspectsThatWereNotStartedKeepTheirCount) {
  const std::string job = SubmitOne();
  const MaintainOptions options = {
      .most_crashes = 1, .keep_succeeded = kLong, .keep_failed = kLong};
  for (int i = 0; i < 5; ++i) {
    const std::string dead = NewOwner();
    ClaimOne(dead);
    ASSERT_THAT(store().DeclareDead(dead), IsOk());
    EXPECT_EQ(Maintain(options).returned, 1);
  }
  EXPECT_EQ(Get(job).crashes, 0);
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
}

TEST_P(JobOwnerContract, HavingBeenStartedIsOfOneClaimOnly) {
  const std::string job = SubmitOne();
  const std::string first = NewOwner();
  ClaimOne(first);
  Bury(first);
  const std::string second = NewOwner();
  const ClaimedJob claimed = ClaimOne(second);
  EXPECT_THAT(MarkStarted(second, claimed), IsEmpty());
  EXPECT_THAT(Finish(second, {GiveBack(claimed)}), IsEmpty());
  const std::string third = NewOwner();
  ClaimOne(third);
  Bury(third);
  EXPECT_EQ(Get(job).crashes, 0);
  EXPECT_EQ(StateOf(job), JobState::kQueued);
}

TEST_P(JobOwnerContract, OnlyTheOwnerMayMarkThemStarted) {
  const std::string job = SubmitOne();
  ClaimedJob claimed = ClaimOne();
  EXPECT_THAT(MarkStarted(NewOwner(), claimed), ElementsAre(job));
  ++claimed.term;
  EXPECT_THAT(MarkStarted(owner(), claimed), ElementsAre(job));
  const ClaimedJob unknown = ClaimOf(NewJobId(), 1);
  EXPECT_THAT(MarkStarted(owner(), unknown), ElementsAre(unknown.job_id));
}

TEST_P(JobOwnerContract, ASetAsideJobCanBeRetried) {
  const std::string job = SubmitOne();
  const MaintainOptions options = {
      .most_crashes = 1, .keep_succeeded = kLong, .keep_failed = kLong};
  for (int i = 0; i < 2; ++i) {
    const std::string dead = NewOwner();
    EXPECT_THAT(MarkStarted(dead, ClaimOne(dead)), IsEmpty());
    ASSERT_THAT(store().DeclareDead(dead), IsOk());
    Maintain(options);
    if (StateOf(job) == JobState::kFailed) break;
  }
  ASSERT_EQ(StateOf(job), JobState::kFailed);
  ASSERT_THAT(jobs().Retry(job), IsOk());
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  EXPECT_EQ(StateOf(job), JobState::kSucceeded);
}

TEST_P(JobOwnerContract, AllJobsOfTheDeadComeBackHoweverManyACallMoves) {
  SubmitAll(NewJobs(5));
  const std::string dead = NewOwner();
  EXPECT_THAT(Claim(5, dead), SizeIs(5));
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  MaintainOptions options = KeepFinished();
  options.batch = 2;
  const MaintainResult first = Maintain(options);
  EXPECT_TRUE(first.more || first.returned == 5);
  EXPECT_EQ(first.returned + Maintain().returned, 5);
  EXPECT_THAT(Queue(), Counts({.queued = 5}));
}

}  // namespace
}  // namespace protograph
