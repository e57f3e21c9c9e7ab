// MemoryStore's jobs keep the contract. And what only a clock that stands still can show: ranks
// after hours, and what is removed to the moment.

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "item_contract.h"
#include "job_contract.h"
#include "protograph/store/memory_store.h"
#include "protograph/testing/fake_clock.h"
#include "protograph/testing/matchers.h"
#include "schedule_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class MemoryJobsUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }
  void LetPass(absl::Duration duration) override { clock_.Advance(duration); }

 private:
  FakeClock clock_;
  MemoryStore store_{&clock_};
};

PROTOGRAPH_JOB_CONTRACT(Memory, [] { return std::make_unique<MemoryJobsUnderTest>(); });
PROTOGRAPH_SCHEDULE_CONTRACT(Memory, [] { return std::make_unique<MemoryJobsUnderTest>(); });
PROTOGRAPH_ITEM_CONTRACT(Memory, [] { return std::make_unique<MemoryJobsUnderTest>(); });

class MemoryJobStoreTest : public ::testing::Test {
 protected:
  MemoryJobStoreTest() {
    EXPECT_THAT(
        store_.Register({.owner_id = "owner", .host = "", .program = ""}, absl::Hours(1000)),
        IsOk());
  }

  JobStore& jobs() { return *store_.jobs(); }

  std::string Submit(int priority = 0) {
    JobSubmission job = {
        .job_id = NewJobId(), .graph = "films", .output_type = "film.TagSet", .inputs = ""};
    job.priority = priority;
    EXPECT_THAT(jobs().Submit(std::vector<JobSubmission>{job}), IsOk());
    return job.job_id;
  }

  std::vector<ClaimedJob> Claim(int limit) {
    absl::StatusOr<std::vector<ClaimedJob>> claimed = jobs().Claim(
        {.owner_id = "owner", .queues = {{.queue = std::string(kDefaultQueue), .limit = limit}}});
    EXPECT_THAT(claimed, IsOk());
    return claimed.ok() ? *std::move(claimed) : std::vector<ClaimedJob>();
  }

  std::string NewJobId() {
    return "00000000-0000-7000-8000-00000000000" + std::to_string(++last_id_);
  }

  FakeClock clock_;
  MemoryStore store_{&clock_};
  int last_id_ = 0;
};

TEST_F(MemoryJobStoreTest, AStepOfPriorityIsWorthAnHour) {
  const std::string old = Submit();
  clock_.Advance(kPriorityStep - absl::Nanoseconds(1));
  const std::string overtakes = Submit(1);
  clock_.Advance(absl::Nanoseconds(1));
  const std::string at_once = Submit(1);
  clock_.Advance(absl::Nanoseconds(1));
  const std::string too_late = Submit(1);
  const std::string low = Submit(-1);
  clock_.Advance(kPriorityStep);
  const std::string behind = Submit();
  EXPECT_THAT(IdsOf(Claim(9)), ElementsAre(overtakes, old, at_once, too_late, low, behind));
}

TEST_F(MemoryJobStoreTest, FinishedJobsAreRemovedToTheMoment) {
  const std::string succeeded = Submit();
  const std::string failed = Submit();
  const std::string cancelled = Submit();
  const std::vector<ClaimedJob> claimed = Claim(2);
  ASSERT_THAT(claimed, SizeIs(2));
  // Their age is counted from their end.
  clock_.Advance(absl::Hours(2));
  ASSERT_THAT(jobs().Finish("owner", std::vector<JobEnd>{Succeed(claimed[0]), Fail(claimed[1])}),
              IsOkAndHolds(IsEmpty()));
  ASSERT_THAT(jobs().Cancel(cancelled), IsOk());
  const MaintainOptions options = {.keep_succeeded = absl::Hours(1), .keep_failed = absl::Hours(2)};
  const auto removes = [](int count) {
    return IsOkAndHolds(Field("removed", &MaintainResult::removed, count));
  };
  const absl::Duration tick = absl::Nanoseconds(1);
  clock_.Advance(absl::Hours(1) - tick);
  EXPECT_THAT(jobs().Maintain(options), removes(0));
  clock_.Advance(tick);
  EXPECT_THAT(jobs().Maintain(options), removes(2));
  EXPECT_THAT(jobs().Get(succeeded), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(jobs().Get(cancelled), StatusIs(absl::StatusCode::kNotFound));
  clock_.Advance(absl::Hours(1) - tick);
  EXPECT_THAT(jobs().Maintain(options), removes(0));
  clock_.Advance(tick);
  EXPECT_THAT(jobs().Maintain(options), removes(1));
  EXPECT_THAT(jobs().Get(failed), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(jobs().List({}, "", 10), IsOkAndHolds(IsEmpty()));
  // They are counted still.
  EXPECT_THAT(jobs().Queues(),
              IsOkAndHolds(ElementsAre(Counts({.succeeded = 1, .failed = 1, .cancelled = 1}))));
}

TEST_F(MemoryJobStoreTest, SaysThatThereIsMoreOnlyWhereThereIs) {
  for (int i = 0; i < 2; ++i) ASSERT_THAT(jobs().Cancel(Submit()), IsOk());
  const MaintainOptions options = {.keep_succeeded = absl::ZeroDuration(), .batch = 1};
  const auto removes_one = [](bool more) {
    return IsOkAndHolds(AllOf(Field("removed", &MaintainResult::removed, 1),
                              Field("more", &MaintainResult::more, more)));
  };
  EXPECT_THAT(jobs().Maintain(options), removes_one(true));
  EXPECT_THAT(jobs().Maintain(options), removes_one(false));
}

TEST_F(MemoryJobStoreTest, TellsWhenTheNextJobIsDue) {
  for (const absl::Duration delay : {absl::Minutes(5), absl::Minutes(3)}) {
    const JobSubmission job = {.job_id = NewJobId(),
                               .graph = "films",
                               .output_type = "film.TagSet",
                               .inputs = "",
                               .delay = delay};
    ASSERT_THAT(jobs().Submit(std::vector<JobSubmission>{job}), IsOk());
  }
  const auto is_due_in = [](absl::Duration wait) {
    return IsOkAndHolds(Field("next_due", &MaintainResult::next_due, wait));
  };
  EXPECT_THAT(jobs().Maintain({}), is_due_in(absl::Minutes(3)));
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(jobs().Maintain({}), is_due_in(absl::Minutes(1)));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(jobs().Maintain({}), is_due_in(absl::Minutes(2)));
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(jobs().Maintain({}), is_due_in(absl::InfiniteDuration()));
}

TEST_F(MemoryJobStoreTest, ARequestedCancellationHoldsOnceTheJobHasNoOwner) {
  for (int i = 0; i < 3; ++i) Submit();
  const std::vector<ClaimedJob> claimed = Claim(3);
  ASSERT_THAT(claimed, SizeIs(3));
  for (const ClaimedJob& job : claimed) ASSERT_THAT(jobs().Cancel(job.job_id), IsOk());
  ASSERT_THAT(jobs().Finish("owner",
                            std::vector<JobEnd>{GiveBack(claimed[0]), TryAgain(claimed[1], kLong)}),
              IsOkAndHolds(IsEmpty()));
  ASSERT_THAT(store_.DeclareDead("owner"), IsOk());
  EXPECT_THAT(jobs().Maintain({}), IsOkAndHolds(Field(&MaintainResult::returned, 0)));
  EXPECT_THAT(jobs().Queues(), IsOkAndHolds(ElementsAre(Counts({.cancelled = 3}))));
}

TEST_F(MemoryJobStoreTest, ADeathIsNoAttempt) {
  const std::string job = Submit();
  EXPECT_EQ(Claim(1).at(0).attempt, 1);
  ASSERT_THAT(store_.DeclareDead("owner"), IsOk());
  ASSERT_THAT(jobs().Maintain({}), IsOk());
  EXPECT_THAT(jobs().Get(job),
              IsOkAndHolds(Field(&JobContents::record, Field(&JobRecord::attempt, 0))));
}

TEST_F(MemoryJobStoreTest, HasNoTransactions) {
  // Whatever is given: nothing is asked of it.
  alignas(16) char nothing[16] = {};
  auto& transaction = reinterpret_cast<pqxx::transaction_base&>(nothing);
  EXPECT_THAT(jobs().SubmitIn(transaction, {}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("PostgresStore")));
}

TEST_F(MemoryJobStoreTest, WhoWaitsForEveryEndIsToldThatAnyMayHave) {
  // More than are told one by one: the listener is held up meanwhile.
  constexpr int kJobs = 1500;
  std::vector<JobSubmission> submissions;
  for (int i = 0; i < kJobs; ++i) {
    submissions.push_back({.job_id = fmt::format("00000000-0000-7000-8000-{:012}", i),
                           .graph = "films",
                           .output_type = "film.TagSet",
                           .inputs = ""});
  }
  ASSERT_THAT(jobs().Submit(submissions), IsOk());
  std::promise<void> is_told;
  std::promise<void> all_finished;
  std::promise<void> any_may_have;
  std::future<void> released = all_finished.get_future();
  bool is_first = true;
  const absl::StatusOr<std::unique_ptr<JobListener>> listener =
      jobs().Listen("", {.on_finished = [&](std::string_view job_id) {
                      if (std::exchange(is_first, false)) {
                        is_told.set_value();
                        released.wait();
                      }
                      if (job_id.empty()) any_may_have.set_value();
                    }});
  ASSERT_THAT(listener, IsOk());
  ASSERT_THAT(jobs().Cancel(submissions[0].job_id), IsOk());
  is_told.get_future().wait();
  for (const JobSubmission& job : submissions) ASSERT_THAT(jobs().Cancel(job.job_id), IsOk());
  all_finished.set_value();
  EXPECT_EQ(any_may_have.get_future().wait_for(std::chrono::seconds(20)),
            std::future_status::ready);
}

TEST_F(MemoryJobStoreTest, ListenersMayCallTheStoreAndOutliveIt) {
  auto store = std::make_unique<MemoryStore>(&clock_);
  std::promise<JobState> state;
  absl::StatusOr<std::unique_ptr<JobListener>> listener = store->jobs()->Listen(
      "", {.on_finished = [&](std::string_view job_id) {
        state.set_value(store->jobs()->Get(std::string(job_id))->record.state);
      }});
  ASSERT_THAT(listener, IsOk());
  const JobSubmission job = {
      .job_id = NewJobId(), .graph = "films", .output_type = "film.TagSet", .inputs = ""};
  ASSERT_THAT(store->jobs()->Submit(std::vector<JobSubmission>{job}), IsOk());
  ASSERT_THAT(store->jobs()->Cancel(job.job_id), IsOk());
  EXPECT_EQ(state.get_future().get(), JobState::kCancelled);
  store.reset();
}

}  // namespace
}  // namespace protograph
