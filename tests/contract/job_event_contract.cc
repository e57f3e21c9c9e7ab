// Listening: hints that there is work, that a job is to stop, that one has finished.

#include <memory>
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
using ::protograph::testing::IsOkAndHolds;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ClaimRequest WakeIfEmpty(const std::string& owner_id, const std::string& queue) {
  return {.owner_id = owner_id, .queues = {{.queue = queue, .limit = 1}}, .wake_if_empty = true};
}

TEST_P(JobEventContract, WhoFoundNoJobIsToldOfTheNext) {
  SubmitOne("films");
  ClaimOne(owner(), "films");
  Listening listening(jobs(), owner());
  for (int round = 0; round < 3; ++round) {
    ASSERT_THAT(jobs().Claim(WakeIfEmpty(owner(), "films")), IsOkAndHolds(IsEmpty()));
    listening->Forget();
    SubmitOne("films");
    EXPECT_TRUE(listening->WaitForWork());
    EXPECT_THAT(Claim(1, owner(), "films"), SizeIs(1));
  }
}

TEST_P(JobEventContract, WhoCameBeforeTheQueueIsToldOfItsFirstJob) {
  Listening listening(jobs(), owner());
  ASSERT_THAT(jobs().Claim(WakeIfEmpty(owner(), "films")), IsOkAndHolds(IsEmpty()));
  SubmitOne("films");
  EXPECT_TRUE(listening->WaitForWork());
}

TEST_P(JobEventContract, WhoFoundNoJobIsToldOfOneThatIsDue) {
  JobSubmission job = NewJob("films");
  job.delay = kMoment;
  Submit(job);
  Listening listening(jobs(), owner());
  // Where the machine was slow it is due already.
  const absl::StatusOr<std::vector<ClaimedJob>> claimed =
      jobs().Claim(WakeIfEmpty(owner(), "films"));
  ASSERT_THAT(claimed, IsOk());
  LetAMomentPass();
  Maintain();
  EXPECT_TRUE(!claimed->empty() || listening->WaitForWork());
}

TEST_P(JobEventContract, WhoFoundNoJobIsToldOfOneThatIsGivenBack) {
  SubmitOne("films");
  const std::string other = NewOwner();
  const ClaimedJob job = ClaimOne(other, "films");
  Listening listening(jobs(), owner());
  ASSERT_THAT(jobs().Claim(WakeIfEmpty(owner(), "films")), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Finish(other, {GiveBack(job)}), IsEmpty());
  EXPECT_TRUE(listening->WaitForWork());
}

TEST_P(JobEventContract, WhoHasAJobIsToldThatItIsToStop) {
  SubmitAll(NewJobs(2));
  const std::string other = NewOwner();
  const ClaimedJob mine = ClaimOne();
  const ClaimedJob theirs = ClaimOne(other);
  Listening listening(jobs(), owner());
  ASSERT_THAT(jobs().Cancel(theirs.job_id), IsOk());
  ASSERT_THAT(jobs().Cancel(mine.job_id), IsOk());
  EXPECT_TRUE(listening->WaitForCancel(mine.job_id));
  EXPECT_THAT(listening->cancels(), Each(mine.job_id));
}

TEST_P(JobEventContract, ClientsAreToldOfEveryEnd) {
  SubmitAll(NewJobs(3));
  const std::vector<ClaimedJob> claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(3));
  const std::string waiting = SubmitOne();
  Listening listening(jobs(), "");
  EXPECT_THAT(Finish({Succeed(claimed[0])}), IsEmpty());
  EXPECT_TRUE(listening->WaitForFinished(claimed[0].job_id));
  listening->Forget();
  EXPECT_THAT(Finish({Fail(claimed[1])}), IsEmpty());
  EXPECT_TRUE(listening->WaitForFinished(claimed[1].job_id));
  listening->Forget();
  EXPECT_THAT(Finish({EndCancelled(claimed[2])}), IsEmpty());
  EXPECT_TRUE(listening->WaitForFinished(claimed[2].job_id));
  listening->Forget();
  ASSERT_THAT(jobs().Cancel(waiting), IsOk());
  EXPECT_TRUE(listening->WaitForFinished(waiting));
}

TEST_P(JobEventContract, AllThatListenAreTold) {
  const std::string job = SubmitOne();
  Listening one(jobs(), "");
  Listening other(jobs(), "");
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  EXPECT_TRUE(one->WaitForFinished(job));
  EXPECT_TRUE(other->WaitForFinished(job));
}

TEST_P(JobEventContract, WhoStoppedListeningIsToldNothing) {
  SubmitAll(NewJobs(2));
  auto gone = std::make_unique<Listening>(jobs(), "");
  Listening still_there(jobs(), "");
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  // While it may be told just now. A call of what it had would be one of what is no more there.
  gone.reset();
  const ClaimedJob last = ClaimOne();
  EXPECT_THAT(Finish({Succeed(last)}), IsEmpty());
  EXPECT_TRUE(still_there->WaitForFinished(last.job_id));
}

TEST_P(JobEventContract, WhoWantsToKnowOfNothingMayListen) {
  const absl::StatusOr<std::unique_ptr<JobListener>> listener = jobs().Listen(owner(), {});
  ASSERT_THAT(listener, IsOk());
  Listening other(jobs(), "");
  const std::string job = SubmitOne();
  const ClaimedJob claimed = ClaimOne();
  ASSERT_THAT(jobs().Cancel(job), IsOk());
  EXPECT_THAT(Finish({Succeed(claimed)}), IsEmpty());
  EXPECT_TRUE(other->WaitForFinished(job));
}

}  // namespace
}  // namespace protograph
