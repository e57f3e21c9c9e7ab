// MemoryStore keeps the contract. And what only a clock that stands still can show: to the moment.

#include "protograph/store/memory_store.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/fake_clock.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class MemoryStoreUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }
  void LetPass(absl::Duration duration) override { clock_.Advance(duration); }

 private:
  FakeClock clock_;
  MemoryStore store_{&clock_};
};

PROTOGRAPH_STORE_CONTRACT(Memory, [] { return std::make_unique<MemoryStoreUnderTest>(); });

class MemoryStoreTest : public ::testing::Test {
 protected:
  static constexpr absl::Duration kLease = absl::Seconds(10);

  MemoryStoreTest() {
    EXPECT_THAT(store_.Register({.owner_id = "owner", .host = "", .program = ""}, kLease), IsOk());
  }

  FakeClock clock_;
  MemoryStore store_{&clock_};
  const Execution first_ = {"first", "film", "owner"};
  const Execution second_ = {"second", "film", "other"};
};

TEST_F(MemoryStoreTest, LeasesEndToTheMoment) {
  ASSERT_THAT(store_.Write(WriteOf(first_.Start())), IsOk());
  clock_.Advance(kLease - absl::Nanoseconds(1));
  EXPECT_THAT(store_.Write(WriteOf(second_.Start())),
              IsOkAndHolds(Field(&StoreWriteResult::refused, ElementsAre("second"))));
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(store_.Write(WriteOf(second_.Start())),
              IsOkAndHolds(Field(&StoreWriteResult::claimed, SizeIs(1))));
}

TEST_F(MemoryStoreTest, HeartbeatsRenewTheLeaseFromNow) {
  ASSERT_THAT(store_.Write(WriteOf(first_.Start())), IsOk());
  clock_.Advance(kLease / 2);
  EXPECT_THAT(store_.Heartbeat("owner", kLease), IsOk());
  clock_.Advance(kLease - absl::Nanoseconds(1));
  EXPECT_THAT(store_.Resumable("", 10), IsOkAndHolds(IsEmpty()));
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(store_.Resumable("", 10), IsOkAndHolds(SizeIs(1)));
}

TEST_F(MemoryStoreTest, EverythingIsSweptToTheMoment) {
  const Retention retention = {
      .checkpoints = absl::Minutes(1), .executions = absl::Minutes(2), .owners = absl::Minutes(3)};
  ASSERT_THAT(store_.Write(WriteOf(first_.Start(), first_.Keep(1, "a"), first_.Fail())), IsOk());
  const auto sweeps = [](int checkpoints, int executions, int owners) {
    return IsOkAndHolds(AllOf(Field("checkpoints", &SweepResult::checkpoints, checkpoints),
                              Field("executions", &SweepResult::executions, executions),
                              Field("owners", &SweepResult::owners, owners),
                              Field("more", &SweepResult::more, false)));
  };
  const absl::Duration tick = absl::Nanoseconds(1);
  clock_.Advance(absl::Minutes(1) - tick);
  EXPECT_THAT(store_.Sweep(retention), sweeps(0, 0, 0));
  clock_.Advance(tick);
  EXPECT_THAT(store_.Sweep(retention), sweeps(1, 0, 0));
  clock_.Advance(absl::Minutes(1) - tick);
  EXPECT_THAT(store_.Sweep(retention), sweeps(0, 0, 0));
  clock_.Advance(tick);
  EXPECT_THAT(store_.Sweep(retention), sweeps(0, 1, 0));
  // The owner died with its lease.
  clock_.Advance(absl::Minutes(1) + kLease - tick);
  EXPECT_THAT(store_.Sweep(retention), sweeps(0, 0, 0));
  clock_.Advance(tick);
  EXPECT_THAT(store_.Sweep(retention), sweeps(0, 0, 1));
}

TEST_F(MemoryStoreTest, SaysThatThereIsMoreOnlyWhereThereIs) {
  ASSERT_THAT(store_.Write(
                  WriteOf(first_.Start(), first_.Keep(1, "a"), first_.Keep(2, "b"), first_.Fail())),
              IsOk());
  Retention retention = {.checkpoints = absl::ZeroDuration(), .batch = 1};
  EXPECT_THAT(store_.Sweep(retention), IsOkAndHolds(Field(&SweepResult::more, true)));
  EXPECT_THAT(store_.Sweep(retention), IsOkAndHolds(Field(&SweepResult::more, false)));
  EXPECT_THAT(store_.Resumable("", 10), IsOkAndHolds(IsEmpty()));
}

TEST(MemoryStore, HasTheTimeOfTheMachineUnlessGivenAClock) {
  MemoryStore store;
  ASSERT_THAT(store.Register({.owner_id = "owner", .host = "", .program = ""}, kLong), IsOk());
  const Execution run = {"run", "film", "owner"};
  ASSERT_THAT(store.Write(WriteOf(run.Start())), IsOk());
  EXPECT_THAT(store.Resumable("", 10), IsOkAndHolds(IsEmpty()));
  ASSERT_THAT(store.Heartbeat("owner", absl::ZeroDuration()), IsOk());
  EXPECT_THAT(store.Resumable("", 10), IsOkAndHolds(SizeIs(1)));
}

}  // namespace
}  // namespace protograph
