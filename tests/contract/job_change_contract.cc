// Changing jobs that wait: their time, their priority, their inputs.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "job_listening.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Optional;
using ::testing::SizeIs;

TEST_P(JobChangeContract, AJobThatIsDueIsPutOff) {
  const std::string job = SubmitOne();
  const absl::Time later = absl::FromUnixSeconds(absl::ToUnixSeconds(Now())) + kLong;
  ASSERT_THAT(jobs().Change(job, {.run_at = later}), IsOk());
  EXPECT_EQ(StateOf(job), JobState::kScheduled);
  EXPECT_THAT(Get(job).run_at, Optional(later));
  EXPECT_THAT(Queue(), Counts({.scheduled = 1}));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobChangeContract, WhatIsPutOffComesInItsTime) {
  const std::string job = SubmitOne();
  ASSERT_THAT(jobs().Change(job, {.run_at = Now() + kMoment}), IsOk());
  LetAMomentPass();
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(job));
  EXPECT_THAT(Queue(), Counts({.running = 1}));
}

TEST_P(JobChangeContract, AScheduledJobIsBroughtForward) {
  JobSubmission submission = NewJob();
  submission.delay = 3 * kLong;
  const std::string job = Submit(submission);
  const absl::Time sooner = Now() + kLong;
  ASSERT_THAT(jobs().Change(job, {.run_at = sooner}), IsOk());
  EXPECT_THAT(Get(job).run_at, Optional(About(sooner)));
  EXPECT_THAT(Maintain().next_due, AllOf(Gt(kLong - absl::Seconds(10)), Le(kLong)));
  EXPECT_THAT(Queue(), Counts({.scheduled = 1}));
  ASSERT_THAT(jobs().Change(job, {.run_at = absl::InfinitePast()}), IsOk());
  EXPECT_EQ(StateOf(job), JobState::kQueued);
  EXPECT_THAT(Get(job).run_at, Optional(About(Now())));
  EXPECT_THAT(Queue(), Counts({.queued = 1}));
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(job));
}

TEST_P(JobChangeContract, WhatIsToRunAtOnceOvertakesNobody) {
  JobSubmission scheduled = NewJob();
  scheduled.delay = kLong;
  Submit(scheduled);
  const std::string first = SubmitOne();
  LetAMomentPass();
  const std::string second = SubmitOne();
  LetAMomentPass();
  const absl::Time long_ago = absl::FromUnixSeconds(1'000'000'000);
  ASSERT_THAT(jobs().Change(scheduled.job_id, {.run_at = long_ago}), IsOk());
  // These two are due already.
  ASSERT_THAT(jobs().Change(second, {.run_at = long_ago}), IsOk());
  ASSERT_THAT(jobs().Change(first, {.run_at = absl::InfinitePast()}), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(first, second, scheduled.job_id));
}

TEST_P(JobChangeContract, AnotherPriorityIsAnotherPlace) {
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(SubmitOne());
    LetAMomentPass();
  }
  ASSERT_THAT(jobs().Change(ids[2], {.priority = 2}), IsOk());
  ASSERT_THAT(jobs().Change(ids[0], {.priority = -1}), IsOk());
  ASSERT_THAT(jobs().Change(ids[3], {.priority = 1}), IsOk());
  EXPECT_EQ(Get(ids[2]).priority, 2);
  EXPECT_EQ(Get(ids[0]).priority, -1);
  EXPECT_THAT(Queue(), Counts({.queued = 4}));
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(ids[2], ids[3], ids[1], ids[0]));
}

TEST_P(JobChangeContract, WhoIsMovedBeforeThoseThatWereHandedOutIsNext) {
  SubmitAll(NewJobs(5));
  ASSERT_THAT(Claim(2), SizeIs(2));
  LetAMomentPass();
  const std::string urgent = SubmitOne();
  ASSERT_THAT(jobs().Change(urgent, {.priority = 1}), IsOk());
  EXPECT_THAT(IdsOf(Claim(1)), ElementsAre(urgent));
}

TEST_P(JobChangeContract, AScheduledJobKeepsItsPriorityForItsTime) {
  JobSubmission scheduled = NewJob();
  scheduled.delay = kMoment;
  Submit(scheduled);
  ASSERT_THAT(jobs().Change(scheduled.job_id, {.priority = 1}), IsOk());
  const std::string other = SubmitOne();
  LetAMomentPass();
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(scheduled.job_id, other));
}

TEST_P(JobChangeContract, OtherInputsAreThoseThatAreHandedOut) {
  const std::string job = SubmitOne();
  const std::string inputs("other\0inputs\xff", 13);
  ASSERT_THAT(jobs().Change(job, {.inputs = inputs}), IsOk());
  EXPECT_EQ(Contents(job).inputs, inputs);
  EXPECT_EQ(ClaimOne().inputs, inputs);
  const std::string emptied = SubmitOne();
  ASSERT_THAT(jobs().Change(emptied, {.inputs = ""}), IsOk());
  EXPECT_EQ(ClaimOne().inputs, "");
}

TEST_P(JobChangeContract, EverythingAtOnceAndNothing) {
  JobSubmission submission = NewJob();
  submission.priority = 7;
  submission.tags = {"nightly"};
  submission.metadata = R"({"by": "me"})";
  const std::string job = Submit(submission);
  const JobRecord before = Get(job);
  ASSERT_THAT(jobs().Change(job, {}), IsOk());
  EXPECT_EQ(Get(job).run_at, before.run_at);
  EXPECT_EQ(Get(job).priority, 7);
  EXPECT_EQ(Contents(job).inputs, submission.inputs);
  const absl::Time later = Now() + kLong;
  ASSERT_THAT(jobs().Change(job, {.run_at = later, .priority = -3, .inputs = "others"}), IsOk());
  const JobContents after = Contents(job);
  EXPECT_THAT(after.record.run_at, Optional(About(later)));
  EXPECT_EQ(after.record.priority, -3);
  EXPECT_EQ(after.inputs, "others");
  EXPECT_EQ(after.record.tags, submission.tags);
  EXPECT_THAT(after.record.metadata, EqualsJson(submission.metadata));
  EXPECT_EQ(after.record.submitted_at, before.submitted_at);
}

TEST_P(JobChangeContract, WhatRunsOrHasFinishedIsNotChanged) {
  SubmitAll(NewJobs(4));
  const std::vector<ClaimedJob> claimed = Claim(4);
  ASSERT_THAT(claimed, SizeIs(4));
  EXPECT_THAT(Finish({Succeed(claimed[1]), Fail(claimed[2]), EndCancelled(claimed[3])}), IsEmpty());
  const std::vector<std::string> states = {"running", "succeeded", "failed", "cancelled"};
  const JobChange change = {.run_at = Now() + kLong, .priority = 5, .inputs = "others"};
  for (size_t i = 0; i < states.size(); ++i) {
    const std::string& job = claimed[i].job_id;
    EXPECT_THAT(jobs().Change(job, change), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                     AllOf(HasSubstr(job), HasSubstr(states[i]))));
    EXPECT_EQ(ToString(StateOf(job)), states[i]);
    EXPECT_EQ(Get(job).priority, 0);
    EXPECT_EQ(Contents(job).inputs, "the inputs");
  }
  EXPECT_THAT(Queue(), Counts({.running = 1, .succeeded = 1, .failed = 1, .cancelled = 1}));
}

TEST_P(JobChangeContract, WhatIsNotThereIsNotFound) {
  EXPECT_THAT(jobs().Change(NewJobId(), {.priority = 1}), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(JobChangeContract, WhatNoJobCanHaveIsRefused) {
  const std::string job = SubmitOne();
  const auto is_refused = [](const std::string& field) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(field));
  };
  EXPECT_THAT(jobs().Change(job, {.priority = kMostPriority + 1}), is_refused("priority"));
  EXPECT_THAT(jobs().Change(job, {.priority = -kMostPriority - 1}), is_refused("priority"));
  EXPECT_THAT(jobs().Change(job, {.run_at = absl::InfiniteFuture()}), is_refused("run_at"));
  EXPECT_THAT(jobs().Change(job, {.inputs = std::string(kLargestPayload + 1, 'x')}),
              is_refused("inputs"));
  EXPECT_THAT(jobs().Change(job, {.priority = kMostPriority}), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(job));
}

TEST_P(JobChangeContract, AJobThatWaitsForItsNextAttemptNeedNot) {
  JobSubmission submission = NewJob();
  submission.max_attempts = 3;
  const std::string job = Submit(submission);
  EXPECT_THAT(Finish({TryAgain(ClaimOne(), kLong)}), IsEmpty());
  ASSERT_THAT(jobs().Change(job, {.run_at = absl::InfinitePast(), .inputs = "others"}), IsOk());
  EXPECT_THAT(Queue(), Counts({.queued = 1}));
  const ClaimedJob claimed = ClaimOne();
  EXPECT_EQ(claimed.attempt, 2);
  EXPECT_EQ(claimed.inputs, "others");
  EXPECT_EQ(Get(job).error, "not this time");
}

TEST_P(JobChangeContract, AUniqueKeyStaysTaken) {
  JobSubmission submission = NewJob();
  submission.unique_key = "603";
  const std::string job = Submit(submission);
  ASSERT_THAT(jobs().Change(job, {.run_at = Now() + kLong}), IsOk());
  JobSubmission again = NewJob();
  again.unique_key = "603";
  EXPECT_EQ(Submit(again), job);
  ASSERT_THAT(jobs().Change(job, {.run_at = absl::InfinitePast()}), IsOk());
  again.job_id = NewJobId();
  EXPECT_EQ(Submit(again), job);
  EXPECT_THAT(Claim(), SizeIs(1));
}

TEST_P(JobChangeContract, InAPausedQueueToo) {
  Configure({.mode = QueueMode::kPaused});
  const std::string first = SubmitOne();
  LetAMomentPass();
  const std::string second = SubmitOne();
  ASSERT_THAT(jobs().Change(second, {.priority = 1}), IsOk());
  EXPECT_THAT(Claim(), IsEmpty());
  Configure({});
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(second, first));
}

TEST_P(JobChangeContract, WhoIsPutOffLeavesItsSlotToTheNextOfItsKey) {
  Configure({.key_limit = 1});
  std::vector<JobSubmission> submissions = NewJobs(3);
  for (JobSubmission& job : submissions) {
    job.concurrency_key = "tenant 1";
    Submit(job);
    LetAMomentPass();
  }
  Maintain();
  // The one that could go, and one that was blocked.
  const absl::Time later = Now() + kLong;
  ASSERT_THAT(jobs().Change(submissions[0].job_id, {.run_at = later}), IsOk());
  EXPECT_THAT(Queue(), Counts({.scheduled = 1, .queued = 2}));
  ASSERT_THAT(jobs().Change(submissions[1].job_id, {.run_at = later}), IsOk());
  EXPECT_THAT(Queue(), Counts({.scheduled = 2, .queued = 1}));
  std::vector<ClaimedJob> claimed = MaintainAndClaim();
  ASSERT_THAT(IdsOf(claimed), ElementsAre(submissions[2].job_id));
  // Brought back they take their turns.
  for (int i : {0, 1}) {
    ASSERT_THAT(
        jobs().Change(submissions[static_cast<size_t>(i)].job_id, {.run_at = absl::InfinitePast()}),
        IsOk());
    LetAMomentPass();
  }
  EXPECT_THAT(Queue(), Counts({.queued = 2, .running = 1}));
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  for (int i : {0, 1}) {
    EXPECT_THAT(Finish({Succeed(claimed[0])}), IsEmpty());
    claimed = MaintainAndClaim();
    ASSERT_THAT(IdsOf(claimed), ElementsAre(submissions[static_cast<size_t>(i)].job_id));
  }
}

TEST_P(JobChangeContract, PriorityIsAPlaceAmongThoseOfOneKeyToo) {
  Configure({.key_limit = 1});
  std::vector<JobSubmission> submissions = NewJobs(3);
  for (JobSubmission& job : submissions) {
    job.concurrency_key = "tenant 1";
    Submit(job);
    LetAMomentPass();
  }
  const std::vector<ClaimedJob> first = MaintainAndClaim();
  ASSERT_THAT(IdsOf(first), ElementsAre(submissions[0].job_id));
  ASSERT_THAT(jobs().Change(submissions[2].job_id, {.priority = 1}), IsOk());
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(first[0])}), IsEmpty());
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(submissions[2].job_id));
}

TEST_P(JobChangeContract, OneThatCouldGoKeepsItsSlot) {
  Configure({.key_limit = 1});
  std::vector<JobSubmission> submissions = NewJobs(2);
  for (JobSubmission& job : submissions) {
    job.concurrency_key = "tenant 1";
    Submit(job);
    LetAMomentPass();
  }
  Maintain();
  ASSERT_THAT(jobs().Change(submissions[0].job_id, {.priority = 1, .inputs = "others"}), IsOk());
  EXPECT_THAT(IdsOf(MaintainAndClaim()), ElementsAre(submissions[0].job_id));
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
}

TEST_P(JobChangeContract, WorkersAreToldThatSomethingIsDue) {
  const std::string job = SubmitOne();
  Listening listening(jobs(), owner());
  ASSERT_THAT(jobs().Change(job, {.run_at = Now() + kLong}), IsOk());
  EXPECT_TRUE(listening->WaitForDue());
}

TEST_P(JobChangeContract, WhoFoundNoJobIsToldOfOneThatIsBroughtForward) {
  JobSubmission submission = NewJob("films");
  submission.delay = kLong;
  Submit(submission);
  Listening listening(jobs(), owner());
  ASSERT_THAT(
      jobs().Claim(
          {.owner_id = owner(), .queues = {{.queue = "films", .limit = 1}}, .wake_if_empty = true}),
      IsOk());
  ASSERT_THAT(jobs().Change(submission.job_id, {.run_at = absl::InfinitePast()}), IsOk());
  EXPECT_TRUE(listening->WaitForWork());
}

}  // namespace
}  // namespace protograph
