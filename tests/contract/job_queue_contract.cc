// Queues: their settings, their counters, and what Maintain does for them.

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
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

::testing::Matcher<const QueueRecord&> HasSettings(const QueueSettings& expected) {
  return Field("settings", &QueueRecord::settings,
               AllOf(Field("mode", &QueueSettings::mode, expected.mode),
                     Field("concurrency_limit", &QueueSettings::concurrency_limit,
                           expected.concurrency_limit),
                     Field("key_limit", &QueueSettings::key_limit, expected.key_limit)));
}

TEST_P(JobQueueContract, AQueueIsThereOnceItWasUsed) {
  SubmitOne("b");
  Configure("a", {});
  SubmitOne("C");
  SubmitOne("\xC3\xA4");
  const auto named = [](const char* name) { return Field(&QueueRecord::queue, name); };
  EXPECT_THAT(jobs().Queues(),
              IsOkAndHolds(ElementsAre(named("C"), named("a"), named("b"), named("\xC3\xA4"))));
  EXPECT_THAT(Queue("b"), HasSettings({}));
  EXPECT_THAT(Queue("a"), AllOf(HasSettings({}), Counts({})));
}

TEST_P(JobQueueContract, ItsSettingsAreThoseThatWereMadeLast) {
  Configure({.mode = QueueMode::kPaused, .concurrency_limit = 5, .key_limit = 2});
  EXPECT_THAT(Queue(), HasSettings({QueueMode::kPaused, 5, 2}));
  Configure({.mode = QueueMode::kDraining, .concurrency_limit = 7});
  EXPECT_THAT(Queue(), HasSettings({QueueMode::kDraining, 7, 0}));
  Configure({});
  EXPECT_THAT(Queue(), HasSettings({}));
}

TEST_P(JobQueueContract, SettingsOfOneLeaveOthersAlone) {
  SubmitOne("other");
  Configure({.mode = QueueMode::kPaused, .concurrency_limit = 5, .key_limit = 2});
  EXPECT_THAT(Queue("other"), AllOf(HasSettings({}), Counts({.queued = 1})));
}

TEST_P(JobQueueContract, ImpossibleSettingsAndNamesAreRefused) {
  const auto is_refused = StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(jobs().Configure("films", {.concurrency_limit = -1}), is_refused);
  EXPECT_THAT(jobs().Configure("films", {.key_limit = -1}), is_refused);
  EXPECT_THAT(jobs().Configure("", {}), is_refused);
  EXPECT_THAT(jobs().Configure(std::string(kLongestName + 1, 'q'), {}), is_refused);
  EXPECT_THAT(jobs().Configure("\xFF", {}), is_refused);
  EXPECT_THAT(jobs().Configure(std::string("a\0b", 3), {}), is_refused);
  EXPECT_THAT(jobs().Queues(), IsOkAndHolds(IsEmpty()));
  Configure(std::string(kLongestName, 'q'), {});
}

TEST_P(JobQueueContract, ItsCountersFollowEveryChange) {
  std::vector<JobSubmission> submissions = NewJobs(4);
  submissions[3].delay = kLong;
  SubmitAll(submissions);
  EXPECT_THAT(Queue(), Counts({.scheduled = 1, .queued = 3}));
  const std::vector<ClaimedJob> claimed = Claim(2);
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_THAT(Queue(), Counts({.scheduled = 1, .queued = 1, .running = 2}));
  EXPECT_THAT(Finish({GiveBack(claimed[0]), TryAgain(claimed[1], kLong)}), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.scheduled = 2, .queued = 2}));
  ASSERT_THAT(jobs().Retry(submissions[3].job_id), IsOk());
  EXPECT_THAT(Queue(), Counts({.scheduled = 1, .queued = 3}));
  ASSERT_THAT(jobs().Cancel(claimed[1].job_id), IsOk());
  EXPECT_THAT(Queue(), Counts({.queued = 3, .cancelled = 1}));
  const std::vector<ClaimedJob> again = Claim();
  ASSERT_THAT(again, SizeIs(3));
  EXPECT_THAT(Finish({Succeed(again[0]), Succeed(again[1]), Fail(again[2])}), IsEmpty());
  EXPECT_THAT(Queue(), Counts({.succeeded = 2, .failed = 1, .cancelled = 1}));
}

TEST_P(JobQueueContract, EachHasCountersOfItsOwn) {
  SubmitAll(NewJobs(3, "one"));
  SubmitAll(NewJobs(2, "two"));
  EXPECT_THAT(Finish({Succeed(ClaimOne(owner(), "one"))}), IsEmpty());
  ClaimOne(owner(), "two");
  EXPECT_THAT(Queue("one"), Counts({.queued = 2, .succeeded = 1}));
  EXPECT_THAT(Queue("two"), Counts({.queued = 1, .running = 1}));
}

TEST_P(JobQueueContract, MaintainDoesNoMoreThanItsBatchAndSaysThatThereIsMore) {
  std::vector<JobSubmission> submissions = NewJobs(5);
  for (JobSubmission& job : submissions) job.delay = kMoment;
  SubmitAll(submissions);
  LetAMomentPass();
  MaintainOptions options = KeepFinished();
  options.batch = 2;
  const MaintainResult first = Maintain(options);
  EXPECT_GE(first.promoted, 1);
  EXPECT_LE(first.promoted, 2);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(first.promoted + Maintain().promoted, 5);
  EXPECT_THAT(Queue(), Counts({.queued = 5}));
  const MaintainResult last = Maintain(KeepFinished());
  EXPECT_EQ(last.promoted, 0);
  EXPECT_FALSE(last.more);
}

TEST_P(JobQueueContract, WhatHasFinishedIsKept) {
  SubmitAll(NewJobs(3));
  const std::vector<ClaimedJob> claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(3));
  EXPECT_THAT(Finish({Succeed(claimed[0]), Fail(claimed[1]), EndCancelled(claimed[2])}), IsEmpty());
  LetAMomentPass();
  EXPECT_EQ(Maintain().removed, 0);
  EXPECT_THAT(List(), SizeIs(3));
  EXPECT_THAT(Queue(), Counts({.succeeded = 1, .failed = 1, .cancelled = 1}));
}

TEST_P(JobQueueContract, WhatHasNotFinishedIsNeverRemoved) {
  std::vector<JobSubmission> submissions = NewJobs(3);
  submissions[2].delay = kLong;
  SubmitAll(submissions);
  ClaimOne();
  LetAMomentPass();
  EXPECT_THAT(
      Maintain({.keep_succeeded = absl::ZeroDuration(), .keep_failed = absl::ZeroDuration()})
          .removed,
      0);
  EXPECT_THAT(List(), SizeIs(3));
  EXPECT_THAT(List(), Each(Field(&JobRecord::finished_at, std::nullopt)));
}

}  // namespace
}  // namespace protograph
