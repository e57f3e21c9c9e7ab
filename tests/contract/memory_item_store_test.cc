// What only a clock that stands still can show of the items of a MemoryStore, and what its contract
// leaves to each store.

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "item_contract.h"
#include "protograph/store/memory_store.h"
#include "protograph/testing/fake_clock.h"
#include "protograph/testing/matchers.h"

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

class MemoryItemStoreTest : public ::testing::Test {
 protected:
  MemoryItemStoreTest() {
    EXPECT_THAT(
        store_.Register({.owner_id = "owner", .host = "", .program = ""}, absl::Hours(1000)),
        IsOk());
    const JobSubmission job = {
        .job_id = kParent, .graph = "films", .output_type = "film.TagSet", .inputs = ""};
    EXPECT_THAT(jobs().Submit(std::vector<JobSubmission>{job}), IsOk());
  }

  JobStore& jobs() { return *store_.jobs(); }
  ItemStore& items() { return *store_.items(); }

  std::vector<ClaimedJob> Claim() {
    absl::StatusOr<std::vector<ClaimedJob>> claimed = jobs().Claim(
        {.owner_id = "owner", .queues = {{.queue = std::string(kDefaultQueue), .limit = 9}}});
    EXPECT_THAT(claimed, IsOk());
    return claimed.ok() ? *std::move(claimed) : std::vector<ClaimedJob>();
  }
  // Of the parent, with one batch.
  FanOut HandOver(absl::Duration timeout = absl::InfiniteDuration()) {
    const FanOut fan_out = {.parent = {.job_id = kParent, .term = Claim().at(0).term},
                            .key = kKey,
                            .step = "TagFrame",
                            .output_type = "film.FrameTags",
                            .timeout = timeout,
                            .batches = {{.job_id = kChild, .inputs = "", .items = 3}}};
    EXPECT_THAT(items().HandOver("owner", fan_out), IsOk());
    return fan_out;
  }
  void Finish(const JobEnd& end) {
    EXPECT_THAT(jobs().Finish("owner", std::vector<JobEnd>{end}), IsOkAndHolds(IsEmpty()));
  }
  void Resume() {
    EXPECT_THAT(items().Resume(std::vector<ParentToResume>{{.job_id = kParent}}), IsOk());
  }

  const std::string kParent = "00000000-0000-7000-8000-000000000001";
  const std::string kChild = "00000000-0000-7000-8000-000000000002";
  const std::string kKey = std::string(32, '0');
  FakeClock clock_;
  MemoryStore store_{&clock_};
};

TEST_F(MemoryItemStoreTest, ThoseWhoseTimeIsOverAreResumedToTheMoment) {
  HandOver(absl::Minutes(1));
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(kChild));
  const absl::Duration tick = absl::Nanoseconds(1);
  clock_.Advance(absl::Minutes(1) - tick);
  EXPECT_THAT(items().TimeLeft(kParent, 1), IsOkAndHolds(tick));
  ASSERT_THAT(jobs().Maintain({}), IsOk());
  EXPECT_THAT(Claim(), IsEmpty());
  clock_.Advance(tick);
  ASSERT_THAT(jobs().Maintain({}), IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(kParent));
}

TEST_F(MemoryItemStoreTest, AParentThatIsQueuedAgainShowsTheAttemptThatItIsIn) {
  HandOver();
  Finish(Fail(Claim().at(0)));
  Resume();
  EXPECT_THAT(
      jobs().Get(kParent),
      IsOkAndHolds(Field(&JobContents::record, AllOf(Field(&JobRecord::state, JobState::kQueued),
                                                     Field(&JobRecord::attempt, 1)))));
}

TEST_F(MemoryItemStoreTest, InOnePlaceTheParentGoesBeforeItsBatches) {
  const int64_t term = HandOver().parent.term;
  EXPECT_THAT(items().Resume(
                  std::vector<ParentToResume>{{.job_id = kParent, .at_once = true, .term = term}}),
              IsOk());
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(kParent, kChild));
}

TEST_F(MemoryItemStoreTest, WhyABatchHasFailedIsKnownAfterItsJobIsRemoved) {
  HandOver();
  Finish(EndCancelled(Claim().at(0)));
  Resume();
  Finish(Fail(Claim().at(0)));
  const MaintainOptions options = {.keep_succeeded = absl::ZeroDuration()};
  ASSERT_THAT(jobs().Maintain(options), IsOkAndHolds(Field(&MaintainResult::removed, 1)));
  EXPECT_THAT(jobs().Get(kChild), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(
      items().Batches(kParent, kKey, "", 9),
      IsOkAndHolds(ElementsAre(
          AllOf(Field(&ItemBatchRecord::is_open, false),
                Field(&ItemBatchRecord::error_code, static_cast<int>(absl::StatusCode::kCancelled)),
                Field(&ItemBatchRecord::error, "it was asked to stop")))));
}

TEST_F(MemoryItemStoreTest, ItsBatchesGoWithAParentThatIsRemoved) {
  HandOver();
  Finish(Fail(Claim().at(0)));
  Resume();
  Finish(Fail(Claim().at(0)));
  EXPECT_THAT(items().Batches(kParent, kKey, "", 9), IsOkAndHolds(SizeIs(1)));
  ASSERT_THAT(jobs().Maintain({.keep_failed = absl::ZeroDuration()}), IsOk());
  EXPECT_THAT(jobs().Get(kParent), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(items().Batches(kParent, kKey, "", 9), IsOkAndHolds(IsEmpty()));
}

TEST_F(MemoryItemStoreTest, AnotherJobIsNoBatch) {
  const std::string other = "00000000-0000-7000-8000-000000000003";
  const JobSubmission job = {
      .job_id = other, .graph = "films", .output_type = "film.TagSet", .inputs = "", .queue = "b"};
  ASSERT_THAT(jobs().Submit(std::vector<JobSubmission>{job}), IsOk());
  const FanOut fan_out = {.parent = {.job_id = kParent, .term = Claim().at(0).term},
                          .key = kKey,
                          .step = "TagFrame",
                          .output_type = "film.FrameTags",
                          .batches = {{.job_id = kChild, .inputs = "", .items = 3},
                                      {.job_id = other, .inputs = "", .items = 3}}};
  EXPECT_THAT(items().HandOver("owner", fan_out),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(other)));
  EXPECT_THAT(items().Batches(kParent, kKey, "", 9), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Claim(), IsEmpty());
}

}  // namespace
}  // namespace protograph
