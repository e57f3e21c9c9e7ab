// Listing jobs: which, in which order, page by page.

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(JobListContract, WhereThereAreNoneThereAreNone) { EXPECT_THAT(List(), IsEmpty()); }

TEST_P(JobListContract, TheNewestComeFirst) {
  const std::vector<JobSubmission> submissions = NewJobs(3);
  Submit(submissions[1]);
  Submit(submissions[2]);
  Submit(submissions[0]);
  EXPECT_THAT(IdsOf(List()),
              ElementsAre(submissions[2].job_id, submissions[1].job_id, submissions[0].job_id));
}

TEST_P(JobListContract, PagesFollowEachOther) {
  std::vector<std::string> expected;
  for (const SubmittedJob& job : SubmitAll(NewJobs(7))) expected.push_back(job.job_id);
  std::reverse(expected.begin(), expected.end());
  // In several states, which may be kept in several places.
  const std::vector<ClaimedJob> claimed = Claim(4);
  ASSERT_THAT(claimed, SizeIs(4));
  EXPECT_THAT(Finish({Succeed(claimed[0]), Fail(claimed[2])}), IsEmpty());
  std::vector<std::string> listed;
  std::string after;
  while (true) {
    const std::vector<JobRecord> page = List({}, after, 3);
    EXPECT_LE(page.size(), 3);
    if (page.empty()) break;
    for (const JobRecord& job : page) listed.push_back(job.job_id);
    after = listed.back();
    ASSERT_LE(listed.size(), expected.size());
  }
  EXPECT_THAT(listed, ElementsAreArray(expected));
}

TEST_P(JobListContract, APageMayBeginAfterAnIdThatIsNotThere) {
  const JobSubmission before = NewJob();
  const std::string between = NewJobId();
  const JobSubmission after = NewJob();
  SubmitAll({before, after});
  EXPECT_THAT(IdsOf(List({}, between)), ElementsAre(before.job_id));
}

TEST_P(JobListContract, NoMoreAreListedThanWereAskedFor) {
  SubmitAll(NewJobs(3));
  EXPECT_THAT(List({}, "", 2), SizeIs(2));
  EXPECT_THAT(List({}, "", 0), IsEmpty());
}

TEST_P(JobListContract, ByState) {
  std::vector<JobSubmission> submissions = NewJobs(6);
  submissions[5].delay = kLong;
  for (const JobSubmission& job : submissions) Submit(job);
  const std::vector<ClaimedJob> claimed = Claim(4);
  ASSERT_THAT(claimed, SizeIs(4));
  EXPECT_THAT(Finish({Succeed(claimed[0]), Fail(claimed[1]), EndCancelled(claimed[2])}), IsEmpty());
  const std::vector<JobState> states = {JobState::kSucceeded, JobState::kFailed,
                                        JobState::kCancelled, JobState::kRunning,
                                        JobState::kQueued,    JobState::kScheduled};
  for (size_t i = 0; i < states.size(); ++i) {
    EXPECT_THAT(IdsOf(List({.states = {states[i]}})), ElementsAre(submissions[i].job_id))
        << ToString(states[i]);
    EXPECT_EQ(StateOf(submissions[i].job_id), states[i]);
  }
  EXPECT_THAT(IdsOf(List({.states = {JobState::kFailed, JobState::kScheduled, JobState::kQueued}})),
              ElementsAre(submissions[5].job_id, submissions[4].job_id, submissions[1].job_id));
}

TEST_P(JobListContract, ByQueueGraphAndOutput) {
  std::vector<JobSubmission> submissions = NewJobs(4);
  submissions[1].queue = "it's";
  submissions[2].graph = "other films";
  submissions[3].output_type = "film.Movie";
  SubmitAll(submissions);
  EXPECT_THAT(IdsOf(List({.queue = "it's"})), ElementsAre(submissions[1].job_id));
  EXPECT_THAT(IdsOf(List({.graph = "other films"})), ElementsAre(submissions[2].job_id));
  EXPECT_THAT(IdsOf(List({.output_type = "film.Movie"})), ElementsAre(submissions[3].job_id));
  EXPECT_THAT(List({.queue = "unknown"}), IsEmpty());
  EXPECT_THAT(List({.graph = "films' OR '1' = '1"}), IsEmpty());
}

TEST_P(JobListContract, ByAllOfTheTags) {
  std::vector<JobSubmission> submissions = NewJobs(3);
  submissions[0].tags = {"nightly"};
  submissions[1].tags = {"batch", "nightly", "it's"};
  SubmitAll(submissions);
  EXPECT_THAT(IdsOf(List({.tags = {"nightly"}})),
              ElementsAre(submissions[1].job_id, submissions[0].job_id));
  EXPECT_THAT(IdsOf(List({.tags = {"nightly", "batch"}})), ElementsAre(submissions[1].job_id));
  EXPECT_THAT(IdsOf(List({.tags = {"it's"}})), ElementsAre(submissions[1].job_id));
  EXPECT_THAT(List({.tags = {"night"}}), IsEmpty());
  EXPECT_THAT(List({.tags = {"nightly", "weekly"}}), IsEmpty());
}

TEST_P(JobListContract, ByUniqueKeyAlsoOfThoseThatHaveFinished) {
  std::vector<JobSubmission> submissions = NewJobs(3);
  submissions[0].unique_key = "603";
  submissions[1].unique_key = "604";
  submissions[2].unique_key = "603";
  Submit(submissions[0]);
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  Submit(submissions[1]);
  Submit(submissions[2]);
  EXPECT_THAT(IdsOf(List({.unique_key = "603"})),
              ElementsAre(submissions[2].job_id, submissions[0].job_id));
}

TEST_P(JobListContract, ByWhenTheyAreDue) {
  std::vector<JobSubmission> submissions = NewJobs(6);
  submissions[4].delay = kLong;
  submissions[5].delay = 3 * kLong;
  for (const JobSubmission& job : submissions) Submit(job);
  // What runs or has finished waits for no time.
  const std::vector<ClaimedJob> claimed = Claim(3);
  ASSERT_THAT(claimed, SizeIs(3));
  EXPECT_THAT(Finish({Succeed(claimed[0]), Fail(claimed[1])}), IsEmpty());
  const absl::Time now = Now();
  EXPECT_THAT(IdsOf(List({.queue = "default", .due_by = now})), ElementsAre(submissions[3].job_id));
  EXPECT_THAT(IdsOf(List({.queue = "default", .due_by = now + 2 * kLong})),
              ElementsAre(submissions[4].job_id, submissions[3].job_id));
  EXPECT_THAT(IdsOf(List({.states = {JobState::kScheduled}, .due_by = now + 4 * kLong})),
              ElementsAre(submissions[5].job_id, submissions[4].job_id));
  EXPECT_THAT(List({.due_by = now - kLong}), IsEmpty());
  EXPECT_THAT(List({.queue = "default"}), SizeIs(6));
}

TEST_P(JobListContract, ByEverythingAtOnce) {
  std::vector<JobSubmission> submissions = NewJobs(5, "films");
  for (JobSubmission& job : submissions) job.tags = {"nightly"};
  submissions[0].queue = "other";
  submissions[1].tags = {};
  submissions[2].graph = "other";
  SubmitAll(submissions);
  ASSERT_THAT(jobs().Cancel(submissions[3].job_id), IsOk());
  EXPECT_THAT(IdsOf(List({.states = {JobState::kQueued},
                          .queue = "films",
                          .graph = "films",
                          .output_type = "film.TagSet",
                          .tags = {"nightly"}})),
              ElementsAre(submissions[4].job_id));
}

TEST_P(JobListContract, WhatIsListedIsWhatIsGot) {
  JobSubmission job = NewJob("films");
  job.priority = 5;
  job.max_attempts = 4;
  job.tags = {"a", "b"};
  job.metadata = R"({"by": "me"})";
  job.unique_key = "603";
  job.concurrency_key = "tenant 1";
  Submit(job);
  const auto expect_same = [&] {
    const std::vector<JobRecord> listed = List();
    ASSERT_THAT(listed, SizeIs(1));
    const JobRecord record = Get(job.job_id);
    EXPECT_EQ(listed[0].job_id, record.job_id);
    EXPECT_EQ(listed[0].queue, record.queue);
    EXPECT_EQ(listed[0].graph, record.graph);
    EXPECT_EQ(listed[0].output_type, record.output_type);
    EXPECT_EQ(listed[0].state, record.state);
    EXPECT_EQ(listed[0].priority, record.priority);
    EXPECT_EQ(listed[0].attempt, record.attempt);
    EXPECT_EQ(listed[0].max_attempts, record.max_attempts);
    EXPECT_EQ(listed[0].crashes, record.crashes);
    EXPECT_EQ(listed[0].cancel_requested, record.cancel_requested);
    EXPECT_EQ(listed[0].unique_key, record.unique_key);
    EXPECT_EQ(listed[0].concurrency_key, record.concurrency_key);
    EXPECT_EQ(listed[0].tags, record.tags);
    EXPECT_EQ(listed[0].metadata, record.metadata);
    EXPECT_EQ(listed[0].submitted_at, record.submitted_at);
    EXPECT_EQ(listed[0].run_at, record.run_at);
    EXPECT_EQ(listed[0].started_at, record.started_at);
    EXPECT_EQ(listed[0].finished_at, record.finished_at);
    EXPECT_EQ(listed[0].owner_id, record.owner_id);
    EXPECT_EQ(listed[0].error_code, record.error_code);
    EXPECT_EQ(listed[0].error, record.error);
    EXPECT_EQ(listed[0].failed_step, record.failed_step);
  };
  expect_same();
  EXPECT_THAT(Finish({TryAgain(ClaimOne(owner(), "films"), absl::ZeroDuration())}), IsEmpty());
  expect_same();
  const ClaimedJob claimed = ClaimOne(owner(), "films");
  expect_same();
  EXPECT_THAT(Finish({Fail(claimed)}), IsEmpty());
  expect_same();
}

}  // namespace
}  // namespace protograph
