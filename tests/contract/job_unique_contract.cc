// Unique keys: who has one, and for how long.

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
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

::testing::Matcher<const SubmittedJob&> Is(const std::string& job_id, bool is_new) {
  return AllOf(Field("job_id", &SubmittedJob::job_id, job_id),
               Field("is_new", &SubmittedJob::is_new, is_new));
}

JobSubmission Unique(JobSubmission job, UniqueAmong among,
                     absl::Duration unique_for = absl::ZeroDuration()) {
  job.unique_key = "603";
  job.unique_among = among;
  job.unique_for = unique_for;
  return job;
}

TEST_P(JobUniqueContract, TheSecondIsAnsweredWithTheFirst) {
  const JobSubmission first = Unique(NewJob(), UniqueAmong::kUnfinished);
  EXPECT_THAT(SubmitAll({first}), ElementsAre(Is(first.job_id, true)));
  const JobSubmission second = Unique(NewJob(), UniqueAmong::kUnfinished);
  EXPECT_THAT(SubmitAll({second}), ElementsAre(Is(first.job_id, false)));
  EXPECT_THAT(jobs().Get(second.job_id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Queue(), Counts({.queued = 1}));
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(first.job_id));
}

TEST_P(JobUniqueContract, OfSeveralInOneCallTheFirstIsNew) {
  const JobSubmission plain = NewJob();
  const JobSubmission first = Unique(NewJob(), UniqueAmong::kUnfinished);
  const JobSubmission second = Unique(NewJob(), UniqueAmong::kUnfinished);
  JobSubmission other = Unique(NewJob(), UniqueAmong::kUnfinished);
  other.unique_key = "604";
  EXPECT_THAT(SubmitAll({plain, first, second, other, second}),
              ElementsAre(Is(plain.job_id, true), Is(first.job_id, true), Is(first.job_id, false),
                          Is(other.job_id, true), Is(first.job_id, false)));
  EXPECT_THAT(Queue(), Counts({.queued = 3}));
  EXPECT_THAT(Claim(), SizeIs(3));
}

TEST_P(JobUniqueContract, QueuesKnowNothingOfEachOthersKeys) {
  const JobSubmission here = Unique(NewJob("here"), UniqueAmong::kUnfinished);
  const JobSubmission there = Unique(NewJob("there"), UniqueAmong::kUnfinished);
  EXPECT_THAT(SubmitAll({here, there}), ElementsAre(Is(here.job_id, true), Is(there.job_id, true)));
}

TEST_P(JobUniqueContract, JobsWithoutAKeyAreNotUnique) {
  EXPECT_EQ(SubmitAll(NewJobs(3)).back().is_new, true);
  EXPECT_THAT(Claim(), SizeIs(3));
}

TEST_P(JobUniqueContract, AmongThoseThatWaitTheKeyIsFreeOnceTheJobIsHandedOut) {
  const JobSubmission first = Unique(NewJob(), UniqueAmong::kWaiting);
  Submit(first);
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kWaiting)), first.job_id);
  EXPECT_EQ(ClaimOne().job_id, first.job_id);
  const JobSubmission second = Unique(NewJob(), UniqueAmong::kWaiting);
  EXPECT_THAT(SubmitAll({second}), ElementsAre(Is(second.job_id, true)));
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kWaiting)), second.job_id);
  EXPECT_THAT(Queue(), Counts({.queued = 1, .running = 1}));
}

TEST_P(JobUniqueContract, AmongThoseThatWaitAreThoseThatWaitForTheirTime) {
  JobSubmission first = Unique(NewJob(), UniqueAmong::kWaiting);
  first.delay = kMoment;
  Submit(first);
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kWaiting)), first.job_id);
  LetAMomentPass();
  Maintain();
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kWaiting)), first.job_id);
}

TEST_P(JobUniqueContract, AmongTheUnfinishedTheKeyIsFreeOnceTheJobHasFinished) {
  const auto end_as = {+[](const ClaimedJob& job) { return Succeed(job); },
                       +[](const ClaimedJob& job) { return Fail(job); },
                       +[](const ClaimedJob& job) { return EndCancelled(job); }};
  for (const auto& end : end_as) {
    const JobSubmission job = Unique(NewJob(), UniqueAmong::kUnfinished);
    EXPECT_THAT(SubmitAll({job}), ElementsAre(Is(job.job_id, true)));
    EXPECT_THAT(Finish({GiveBack(ClaimOne())}), IsEmpty());
    EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kUnfinished)), job.job_id);
    EXPECT_THAT(Finish({TryAgain(ClaimOne(), absl::ZeroDuration())}), IsEmpty());
    EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kUnfinished)), job.job_id);
    const ClaimedJob claimed = ClaimOne();
    EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kUnfinished)), job.job_id);
    EXPECT_THAT(Finish({end(claimed)}), IsEmpty());
  }
}

TEST_P(JobUniqueContract, ACancelledJobFreesItsKeyAtOnce) {
  for (const UniqueAmong among : {UniqueAmong::kWaiting, UniqueAmong::kUnfinished}) {
    const JobSubmission job = Unique(NewJob(), among);
    EXPECT_THAT(SubmitAll({job}), ElementsAre(Is(job.job_id, true)));
    EXPECT_THAT(jobs().Cancel(job.job_id), IsOkAndHolds(JobState::kCancelled));
  }
  const JobSubmission last = Unique(NewJob(), UniqueAmong::kUnfinished);
  EXPECT_THAT(SubmitAll({last}), ElementsAre(Is(last.job_id, true)));
}

TEST_P(JobUniqueContract, ADeadOwnersJobKeepsItsKeyUntilItIsSetAside) {
  const JobSubmission job = Unique(NewJob(), UniqueAmong::kUnfinished);
  Submit(job);
  const MaintainOptions options = {
      .most_crashes = 1, .keep_succeeded = kLong, .keep_failed = kLong};
  const std::string first = NewOwner();
  ClaimOne(first);
  ASSERT_THAT(store().DeclareDead(first), IsOk());
  Maintain(options);
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kUnfinished)), job.job_id);
  const std::string second = NewOwner();
  EXPECT_THAT(MarkStarted(second, ClaimOne(second)), IsEmpty());
  ASSERT_THAT(store().DeclareDead(second), IsOk());
  EXPECT_EQ(Maintain(options).set_aside, 1);
  const JobSubmission next = Unique(NewJob(), UniqueAmong::kUnfinished);
  EXPECT_THAT(SubmitAll({next}), ElementsAre(Is(next.job_id, true)));
}

TEST_P(JobUniqueContract, AmongTheFinishedTheKeyIsKeptForAWhile) {
  const JobSubmission job = Unique(NewJob(), UniqueAmong::kFinished, kLong);
  Submit(job);
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  EXPECT_THAT(SubmitAll({Unique(NewJob(), UniqueAmong::kFinished, kLong)}),
              ElementsAre(Is(job.job_id, false)));
  Maintain();
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kFinished, kLong)), job.job_id);
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(JobUniqueContract, AmongTheFinishedTheKeyIsFreeAfterThatWhile) {
  const JobSubmission job = Unique(NewJob(), UniqueAmong::kFinished, kMoment);
  Submit(job);
  LetAMomentPass();
  // It is counted from when the job has finished.
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kFinished, kMoment)), job.job_id);
  const ClaimedJob claimed = ClaimOne();
  LetAMomentPass();
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kFinished, kMoment)), job.job_id);
  EXPECT_THAT(Finish({Fail(claimed)}), IsEmpty());
  LetAMomentPass();
  const JobSubmission next = Unique(NewJob(), UniqueAmong::kFinished, kMoment);
  EXPECT_THAT(SubmitAll({next}), ElementsAre(Is(next.job_id, true)));
  // Which has it now.
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kFinished, kMoment)), next.job_id);
}

TEST_P(JobUniqueContract, ARetriedJobHasItsKeyAgain) {
  const JobSubmission job = Unique(NewJob(), UniqueAmong::kUnfinished);
  Submit(job);
  EXPECT_THAT(Finish({Fail(ClaimOne())}), IsEmpty());
  EXPECT_THAT(jobs().Retry(job.job_id), IsOk());
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kUnfinished)), job.job_id);
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  const JobSubmission next = Unique(NewJob(), UniqueAmong::kUnfinished);
  EXPECT_THAT(SubmitAll({next}), ElementsAre(Is(next.job_id, true)));
}

TEST_P(JobUniqueContract, ARetryWhileTheKeyIsKeptForItsOwnJobIsNotInItsWay) {
  const JobSubmission job = Unique(NewJob(), UniqueAmong::kFinished, kMoment);
  Submit(job);
  EXPECT_THAT(Finish({Fail(ClaimOne())}), IsEmpty());
  EXPECT_THAT(jobs().Retry(job.job_id), IsOk());
  LetAMomentPass();
  Maintain();
  EXPECT_EQ(Submit(Unique(NewJob(), UniqueAmong::kFinished, kMoment)), job.job_id);
}

TEST_P(JobUniqueContract, NoJobIsRetriedWhileAnotherHasItsKey) {
  const JobSubmission job = Unique(NewJob(), UniqueAmong::kUnfinished);
  Submit(job);
  EXPECT_THAT(Finish({Fail(ClaimOne())}), IsEmpty());
  const JobSubmission other = Unique(NewJob(), UniqueAmong::kUnfinished);
  Submit(other);
  EXPECT_THAT(jobs().Retry(job.job_id), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(StateOf(job.job_id), JobState::kFailed);
  EXPECT_EQ(Get(job.job_id).error, "it is broken");
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  EXPECT_THAT(jobs().Retry(job.job_id), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(job.job_id));
}

}  // namespace
}  // namespace protograph
