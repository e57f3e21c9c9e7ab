// Concurrency keys: how many jobs of one key are handed out at once.

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
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

JobSubmission Keyed(JobSubmission job, const std::string& key = "tenant 1") {
  job.concurrency_key = key;
  return job;
}

std::vector<JobSubmission> AllKeyed(std::vector<JobSubmission> submissions,
                                    const std::string& key = "tenant 1") {
  for (JobSubmission& job : submissions) job.concurrency_key = key;
  return submissions;
}

TEST_P(JobKeyContract, WithoutALimitKeysMeanNothing) {
  SubmitAll(AllKeyed(NewJobs(5)));
  EXPECT_THAT(MaintainAndClaim(), SizeIs(5));
}

TEST_P(JobKeyContract, NoMoreThanTheLimitAreHandedOut) {
  Configure({.key_limit = 2});
  SubmitAll(AllKeyed(NewJobs(5)));
  EXPECT_THAT(Queue(), Counts({.queued = 5}));
  EXPECT_THAT(MaintainAndClaim(1), SizeIs(1));
  EXPECT_THAT(MaintainAndClaim(), SizeIs(1));
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.queued = 3, .running = 2}));
  for (const JobRecord& job : List({.states = {JobState::kQueued}})) {
    EXPECT_EQ(job.state, JobState::kQueued);
  }
}

TEST_P(JobKeyContract, TheLimitIsForAllOwnersTogether) {
  Configure({.key_limit = 2});
  SubmitAll(AllKeyed(NewJobs(5)));
  EXPECT_THAT(MaintainAndClaim(1), SizeIs(1));
  EXPECT_THAT(MaintainAndClaim(5, NewOwner()), SizeIs(1));
  EXPECT_THAT(MaintainAndClaim(5, NewOwner()), IsEmpty());
}

TEST_P(JobKeyContract, EachSlotThatIsFreedGoesToTheNextInOrder) {
  Configure({.key_limit = 1});
  std::vector<std::string> submitted;
  for (int i = 0; i < 4; ++i) submitted.push_back(Submit(Keyed(NewJob())));
  for (const std::string& job : submitted) {
    const std::vector<ClaimedJob> claimed = MaintainAndClaim();
    ASSERT_THAT(IdsOf(claimed), ElementsAre(job));
    EXPECT_THAT(Finish({Succeed(claimed[0])}), IsEmpty());
  }
  EXPECT_THAT(Queue(), Counts({.succeeded = 4}));
}

TEST_P(JobKeyContract, OthersAreNotHeldUp) {
  Configure({.key_limit = 1});
  SubmitAll(AllKeyed(NewJobs(3), "busy"));
  const std::string other_key = Submit(Keyed(NewJob(), "idle"));
  const std::string no_key = SubmitOne();
  SubmitAll(AllKeyed(NewJobs(2, "other queue"), "busy"));
  const std::vector<ClaimedJob> claimed = MaintainAndClaim();
  EXPECT_THAT(claimed, SizeIs(3));
  EXPECT_THAT(IdsOf(claimed), IsSupersetOf({other_key, no_key}));
  EXPECT_THAT(Claim(5, owner(), "other queue"), SizeIs(2));
}

TEST_P(JobKeyContract, ManyOfOneKeyDoNotHideThoseBehindThem) {
  Configure({.key_limit = 1});
  SubmitAll(AllKeyed(NewJobs(300), "busy"));
  const std::string behind = SubmitOne();
  const std::vector<ClaimedJob> claimed = MaintainAndClaim(2);
  EXPECT_THAT(claimed, SizeIs(2));
  EXPECT_THAT(IdsOf(claimed), Contains(behind));
}

TEST_P(JobKeyContract, EveryEndFreesItsSlot) {
  Configure({.key_limit = 1});
  SubmitAll(AllKeyed(NewJobs(5)));
  const auto next = [this] {
    const std::vector<ClaimedJob> claimed = MaintainAndClaim();
    EXPECT_THAT(claimed, SizeIs(1));
    EXPECT_THAT(MaintainAndClaim(), IsEmpty());
    return claimed.empty() ? ClaimedJob() : claimed[0];
  };
  EXPECT_THAT(Finish({Succeed(next())}), IsEmpty());
  EXPECT_THAT(Finish({Fail(next())}), IsEmpty());
  EXPECT_THAT(Finish({EndCancelled(next())}), IsEmpty());
  EXPECT_THAT(Finish({TryAgain(next(), kLong)}), IsEmpty());
  EXPECT_THAT(Finish({Succeed(next())}), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.scheduled = 1, .succeeded = 2, .failed = 1, .cancelled = 1}));
}

TEST_P(JobKeyContract, WhatIsGivenBackComesAgain) {
  Configure({.key_limit = 1});
  SubmitAll(AllKeyed(NewJobs(2)));
  const std::vector<ClaimedJob> first = MaintainAndClaim();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_THAT(Finish({GiveBack(first[0])}), IsEmpty());
  for (int i = 0; i < 2; ++i) {
    const std::vector<ClaimedJob> claimed = MaintainAndClaim();
    ASSERT_THAT(claimed, SizeIs(1));
    EXPECT_THAT(Finish({Succeed(claimed[0])}), IsEmpty());
  }
  EXPECT_THAT(Queue(), Counts({.succeeded = 2}));
}

TEST_P(JobKeyContract, CancellingOneThatWaitsFreesWhatItHad) {
  Configure({.key_limit = 1});
  std::vector<JobSubmission> submissions = AllKeyed(NewJobs(3));
  for (const JobSubmission& job : submissions) Submit(job);
  Maintain();
  // One that could go, and one that was blocked.
  EXPECT_THAT(jobs().Cancel(submissions[0].job_id), IsOkAndHolds(JobState::kCancelled));
  EXPECT_THAT(jobs().Cancel(submissions[2].job_id), IsOkAndHolds(JobState::kCancelled));
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(submissions[1].job_id));
  EXPECT_THAT(Queue(), Counts({.running = 1, .cancelled = 2}));
}

TEST_P(JobKeyContract, TheJobsOfADeadOwnerDoNotKeepTheirSlotsForEver) {
  Configure({.key_limit = 2});
  SubmitAll(AllKeyed(NewJobs(3)));
  const std::string dead = NewOwner();
  EXPECT_THAT(MaintainAndClaim(5, dead), SizeIs(2));
  Bury(dead);
  const std::vector<ClaimedJob> claimed = MaintainAndClaim();
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(claimed[0]), Succeed(claimed[1])}), IsEmpty());
  EXPECT_THAT(MaintainAndClaim(), SizeIs(1));
}

TEST_P(JobKeyContract, AJobThatIsSetAsideFreesItsSlot) {
  Configure({.key_limit = 1});
  const std::string poison = Submit(Keyed(NewJob()));
  const std::string next = Submit(Keyed(NewJob()));
  const MaintainOptions options = {
      .most_crashes = 1, .keep_succeeded = kLong, .keep_failed = kLong};
  for (int i = 0; i < 2 && StateOf(poison) != JobState::kFailed; ++i) {
    const std::string dead = NewOwner();
    const std::vector<ClaimedJob> claimed = MaintainAndClaim(5, dead);
    ASSERT_THAT(IdsOf(claimed), ElementsAre(poison));
    EXPECT_THAT(MarkStarted(dead, claimed[0]), IsEmpty());
    ASSERT_THAT(store().DeclareDead(dead), IsOk());
    Maintain(options);
  }
  EXPECT_EQ(StateOf(poison), JobState::kFailed);
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(next));
}

TEST_P(JobKeyContract, ScheduledJobsTakeTheirTurnOnceTheyAreDue) {
  Configure({.key_limit = 1});
  std::vector<JobSubmission> submissions = AllKeyed(NewJobs(3));
  for (JobSubmission& job : submissions) job.delay = kMoment;
  SubmitAll(submissions);
  // While they are scheduled they hold nobody up.
  const std::string due = Submit(Keyed(NewJob()));
  const std::vector<ClaimedJob> first = MaintainAndClaim();
  ASSERT_THAT(first, SizeIs(1));
  LetAMomentPass();
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.queued = 3, .running = 1}));
  EXPECT_THAT(Finish({Succeed(first[0])}), IsEmpty());
  EXPECT_THAT(MaintainAndClaim(), SizeIs(1));
  EXPECT_NE(StateOf(due), JobState::kScheduled);
}

TEST_P(JobKeyContract, ARetriedJobTakesItsTurn) {
  Configure({.key_limit = 1});
  const std::string failed = Submit(Keyed(NewJob()));
  const std::string next = Submit(Keyed(NewJob()));
  std::vector<ClaimedJob> claimed = MaintainAndClaim();
  ASSERT_THAT(IdsOf(claimed), ElementsAre(failed));
  EXPECT_THAT(Finish({Fail(claimed[0])}), IsEmpty());
  claimed = MaintainAndClaim();
  ASSERT_THAT(IdsOf(claimed), ElementsAre(next));
  ASSERT_THAT(jobs().Retry(failed), IsOk());
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(claimed[0])}), IsEmpty());
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(failed));
}

TEST_P(JobKeyContract, WhatWasSubmittedWithoutALimitIsNotLimited) {
  SubmitAll(AllKeyed(NewJobs(4)));
  Configure({.key_limit = 1});
  EXPECT_THAT(MaintainAndClaim(), SizeIs(4));
}

TEST_P(JobKeyContract, AHigherLimitLetsMoreOfThemGoAndNoLimitAll) {
  Configure({.key_limit = 1});
  SubmitAll(AllKeyed(NewJobs(6)));
  EXPECT_THAT(MaintainAndClaim(), SizeIs(1));
  Configure({.key_limit = 3});
  EXPECT_THAT(MaintainAndClaim(), SizeIs(2));
  Configure({.key_limit = 0});
  EXPECT_THAT(MaintainAndClaim(), SizeIs(3));
}

TEST_P(JobKeyContract, ALowerLimitHoldsOnceEnoughHaveFinished) {
  Configure({.key_limit = 3});
  SubmitAll(AllKeyed(NewJobs(6)));
  const std::vector<ClaimedJob> claimed = MaintainAndClaim();
  ASSERT_THAT(claimed, SizeIs(3));
  Configure({.key_limit = 1});
  EXPECT_THAT(Finish({Succeed(claimed[0]), Succeed(claimed[1])}), IsEmpty());
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(claimed[2])}), IsEmpty());
  EXPECT_THAT(MaintainAndClaim(), SizeIs(1));
}

}  // namespace
}  // namespace protograph
