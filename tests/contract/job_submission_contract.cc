// Submitting jobs: once, all or none, now or later.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Optional;
using ::testing::SizeIs;

TEST_P(JobSubmissionContract, WhatIsDueIsQueuedAtOnce) {
  const JobSubmission job = NewJob();
  EXPECT_THAT(SubmitAll({job}), ElementsAre(AllOf(Field(&SubmittedJob::job_id, job.job_id),
                                                  Field(&SubmittedJob::is_new, true))));
  const JobRecord record = Get(job.job_id);
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_EQ(record.attempt, 0);
  EXPECT_EQ(record.crashes, 0);
  EXPECT_FALSE(record.cancel_requested);
  EXPECT_THAT(record.run_at, Optional(About(record.submitted_at)));
  EXPECT_EQ(record.started_at, std::nullopt);
  EXPECT_EQ(record.finished_at, std::nullopt);
  EXPECT_EQ(record.owner_id, "");
  EXPECT_EQ(record.error, "");
}

// With what a careless store would make SQL or arrays of.
TEST_P(JobSubmissionContract, EverythingThatWasSaidIsKept) {
  const JobSubmission job = {
      .job_id = NewJobId(),
      .graph = "films'; DROP TABLE jobs; --",
      .output_type = "film.\"TagSet\"",
      .inputs = std::string("\0\1\xFF'\\", 5),
      .queue = "a {queue}, \"quoted\" \\ $1 \t\xC3\xA4",
      .priority = -3,
      .max_attempts = 7,
      .backoff = absl::Milliseconds(1500),
      .longest_backoff = absl::Minutes(2),
      .timeout = absl::Seconds(90),
      .unique_key = "unique '\"{},\\",
      .concurrency_key = "concurrency NULL",
      .tags = {"", "NULL", "{a,b}", "\"", "\\", "it's", "\xF0\x9F\x8E\xAC"},
      .metadata = R"({"by": "O'Brien", "nested": {"a": [1, 2.5, null, true]}, "\u00e4": "\\"})"};
  EXPECT_EQ(Submit(job), job.job_id);
  const JobContents contents = Contents(job.job_id);
  EXPECT_EQ(contents.inputs, job.inputs);
  EXPECT_EQ(contents.result, "");
  const JobRecord& record = contents.record;
  EXPECT_EQ(record.job_id, job.job_id);
  EXPECT_EQ(record.queue, job.queue);
  EXPECT_EQ(record.graph, job.graph);
  EXPECT_EQ(record.output_type, job.output_type);
  EXPECT_EQ(record.priority, -3);
  EXPECT_EQ(record.max_attempts, 7);
  EXPECT_EQ(record.unique_key, job.unique_key);
  EXPECT_EQ(record.concurrency_key, job.concurrency_key);
  EXPECT_EQ(record.tags, job.tags);
  EXPECT_THAT(record.metadata, EqualsJson(job.metadata));
  const ClaimedJob claimed = ClaimOne(owner(), job.queue);
  EXPECT_EQ(claimed.job_id, job.job_id);
  EXPECT_EQ(claimed.queue, job.queue);
  EXPECT_EQ(claimed.graph, job.graph);
  EXPECT_EQ(claimed.output_type, job.output_type);
  EXPECT_EQ(claimed.inputs, job.inputs);
  EXPECT_EQ(claimed.max_attempts, 7);
  EXPECT_EQ(claimed.backoff, job.backoff);
  EXPECT_EQ(claimed.longest_backoff, job.longest_backoff);
  EXPECT_EQ(claimed.timeout, job.timeout);
}

TEST_P(JobSubmissionContract, WhatWasNotSaidIsTheDefault) {
  JobSubmission job = NewJob();
  job.inputs = "";
  Submit(job);
  const JobRecord record = Get(job.job_id);
  EXPECT_EQ(record.queue, kDefaultQueue);
  EXPECT_EQ(record.unique_key, "");
  EXPECT_EQ(record.concurrency_key, "");
  EXPECT_THAT(record.tags, IsEmpty());
  EXPECT_THAT(record.metadata, EqualsJson("{}"));
  const ClaimedJob claimed = ClaimOne();
  EXPECT_EQ(claimed.inputs, "");
  EXPECT_EQ(claimed.max_attempts, 1);
  EXPECT_EQ(claimed.timeout, absl::InfiniteDuration());
}

TEST_P(JobSubmissionContract, LargeInputsAreKept) {
  JobSubmission job = NewJob();
  job.inputs = std::string(size_t{3} << 20, 'x') + std::string(1, '\0') + "end";
  Submit(job);
  EXPECT_EQ(Contents(job.job_id).inputs, job.inputs);
  EXPECT_EQ(ClaimOne().inputs, job.inputs);
}

TEST_P(JobSubmissionContract, NothingIsAnsweredWithNothing) {
  EXPECT_THAT(SubmitAll({}), IsEmpty());
}

TEST_P(JobSubmissionContract, SeveralAreAnsweredInTheirOrder) {
  std::vector<JobSubmission> submissions = NewJobs(3, "one");
  submissions.push_back(NewJob("other"));
  submissions.push_back(NewJob("one"));
  std::swap(submissions[0], submissions[2]);
  const std::vector<SubmittedJob> submitted = SubmitAll(submissions);
  ASSERT_THAT(submitted, SizeIs(5));
  for (size_t i = 0; i < submitted.size(); ++i) {
    EXPECT_EQ(submitted[i].job_id, submissions[i].job_id);
    EXPECT_TRUE(submitted[i].is_new);
  }
  EXPECT_THAT(Queue("one"), Counts({.queued = 4}));
  EXPECT_THAT(Queue("other"), Counts({.queued = 1}));
}

TEST_P(JobSubmissionContract, RepeatingItMakesNoSecondJob) {
  const JobSubmission job = NewJob();
  EXPECT_EQ(Submit(job), job.job_id);
  EXPECT_EQ(Submit(job), job.job_id);
  const ClaimedJob claimed = ClaimOne();
  EXPECT_EQ(Submit(job), job.job_id);
  EXPECT_EQ(StateOf(job.job_id), JobState::kRunning);
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
  EXPECT_EQ(Submit(job), job.job_id);
  EXPECT_EQ(StateOf(job.job_id), JobState::kSucceeded);
  EXPECT_THAT(List(), SizeIs(1));
  EXPECT_THAT(Queue(), Counts({.succeeded = 1}));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobSubmissionContract, RepeatingOneOfSeveralMakesTheOthers) {
  const std::vector<JobSubmission> submissions = NewJobs(3);
  Submit(submissions[1]);
  EXPECT_THAT(SubmitAll(submissions),
              ElementsAre(Field(&SubmittedJob::job_id, submissions[0].job_id),
                          Field(&SubmittedJob::job_id, submissions[1].job_id),
                          Field(&SubmittedJob::job_id, submissions[2].job_id)));
  EXPECT_THAT(Queue(), Counts({.queued = 3}));
}

TEST_P(JobSubmissionContract, WithADelayItWaitsForItsTime) {
  JobSubmission job = NewJob();
  job.delay = kLong;
  Submit(job);
  const JobRecord record = Get(job.job_id);
  EXPECT_EQ(record.state, JobState::kScheduled);
  EXPECT_THAT(record.run_at, Optional(About(record.submitted_at + kLong)));
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.scheduled = 1}));
}

TEST_P(JobSubmissionContract, ATimeToRunAtIsByTheStoresClock) {
  JobSubmission job = NewJob();
  job.run_at = Now() + kLong;
  Submit(job);
  EXPECT_EQ(StateOf(job.job_id), JobState::kScheduled);
  EXPECT_THAT(Get(job.job_id).run_at, Optional(job.run_at));
}

TEST_P(JobSubmissionContract, BothItsTimeAndItsDelayMustHaveCome) {
  JobSubmission late_time = NewJob();
  late_time.run_at = Now() + 3 * kLong;
  late_time.delay = kLong;
  JobSubmission long_delay = NewJob();
  long_delay.run_at = Now() + kLong;
  long_delay.delay = 3 * kLong;
  SubmitAll({late_time, long_delay});
  EXPECT_THAT(Get(late_time.job_id).run_at, Optional(late_time.run_at));
  const JobRecord record = Get(long_delay.job_id);
  EXPECT_THAT(record.run_at, Optional(About(record.submitted_at + 3 * kLong)));
}

TEST_P(JobSubmissionContract, ATimeInThePastIsNow) {
  JobSubmission old = NewJob();
  old.run_at = absl::FromUnixSeconds(0);
  const std::string first = SubmitOne();
  Submit(old);
  const JobRecord record = Get(old.job_id);
  EXPECT_EQ(record.state, JobState::kQueued);
  EXPECT_THAT(record.run_at, Optional(About(record.submitted_at)));
  // It is no trick to come before those who waited longer.
  EXPECT_EQ(ClaimOne().job_id, first);
}

TEST_P(JobSubmissionContract, MaintainQueuesWhatIsDue) {
  JobSubmission soon = NewJob();
  soon.delay = kMoment;
  JobSubmission late = NewJob();
  late.delay = kLong;
  SubmitAll({soon, late});
  EXPECT_EQ(StateOf(soon.job_id), JobState::kScheduled);
  LetAMomentPass();
  const MaintainResult result = Maintain();
  EXPECT_EQ(result.promoted, 1);
  EXPECT_THAT(result.next_due, AllOf(Ge(kLong / 2), Le(kLong)));
  EXPECT_EQ(StateOf(soon.job_id), JobState::kQueued);
  EXPECT_EQ(StateOf(late.job_id), JobState::kScheduled);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(soon.job_id));
}

TEST_P(JobSubmissionContract, ClaimQueuesWhatIsDue) {
  JobSubmission soon = NewJob();
  soon.delay = kMoment;
  Submit(soon);
  LetAMomentPass();
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(soon.job_id));
  EXPECT_THAT(Queue(), Counts({.running = 1}));
}

TEST_P(JobSubmissionContract, WhereNothingIsScheduledNothingWillBeDue) {
  SubmitOne();
  EXPECT_EQ(Maintain().next_due, absl::InfiniteDuration());
}

TEST_P(JobSubmissionContract, WhatNoStoreAcceptsIsRefusedAndAllThatCameWithIt) {
  const JobSubmission good = NewJob();
  JobSubmission bad = NewJob();
  bad.max_attempts = 0;
  EXPECT_THAT(jobs().Submit(std::vector<JobSubmission>{good, bad}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_attempts")));
  EXPECT_THAT(jobs().Get(good.job_id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobSubmissionContract, ADrainingQueueTakesNoneAndNoneThatCameWithIt) {
  const std::string before = SubmitOne();
  Configure({.mode = QueueMode::kDraining});
  const JobSubmission other = NewJob("other");
  EXPECT_THAT(jobs().Submit(std::vector<JobSubmission>{other, NewJob()}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("draining")));
  EXPECT_THAT(jobs().Get(other.job_id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(IdsOf(List()), ElementsAre(before));
  // What it has it hands out.
  EXPECT_EQ(ClaimOne().job_id, before);
  Configure({.mode = QueueMode::kRunning});
  EXPECT_THAT(jobs().Submit(std::vector<JobSubmission>{NewJob()}), IsOkAndHolds(SizeIs(1)));
}

TEST_P(JobSubmissionContract, APausedQueueTakesThemInAndHandsNoneOut) {
  Configure({.mode = QueueMode::kPaused});
  const std::string job = SubmitOne();
  EXPECT_EQ(StateOf(job), JobState::kQueued);
  EXPECT_THAT(MaintainAndClaim(), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.queued = 1}));
  Configure({.mode = QueueMode::kRunning});
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(job));
}

}  // namespace
}  // namespace protograph
