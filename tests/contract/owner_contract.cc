// Owners: who is registered, who is alive, who shares a machine.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

MATCHER_P2(IsNeighbour, owner_id, process_id, "") {
  return arg.owner_id == owner_id && arg.process_id == process_id;
}

Owner OwnerOn(const std::string& host, const std::string& owner_id, int64_t process_id) {
  return {.owner_id = owner_id, .host = host, .process_id = process_id, .program = "films"};
}

TEST_P(OwnerContract, TheFirstHasNoNeighbours) {
  EXPECT_THAT(store().Register(OwnerOn("host", NewId(), 1), kLong), IsOkAndHolds(IsEmpty()));
}

TEST_P(OwnerContract, NeighboursAreTheLivingOnTheSameHost) {
  const std::string one = NewId();
  const std::string two = NewId();
  ASSERT_THAT(store().Register(OwnerOn("host", one, 11), kLong), IsOk());
  ASSERT_THAT(store().Register(OwnerOn("host", two, int64_t{1} << 40), kLong), IsOk());
  ASSERT_THAT(store().Register(OwnerOn("other", NewId(), 11), kLong), IsOk());
  ASSERT_THAT(store().Register(OwnerOn("HOST", NewId(), 11), kLong), IsOk());
  ASSERT_THAT(store().Register(OwnerOn("", NewId(), 11), kLong), IsOk());
  EXPECT_THAT(
      store().Register(OwnerOn("host", NewId(), 12), kLong),
      IsOkAndHolds(UnorderedElementsAre(IsNeighbour(one, 11), IsNeighbour(two, int64_t{1} << 40))));
}

TEST_P(OwnerContract, OwnersOfUnknownHostsAreNobodysNeighbours) {
  ASSERT_THAT(store().Register(OwnerOn("", NewId(), 11), kLong), IsOk());
  EXPECT_THAT(store().Register(OwnerOn("", NewId(), 12), kLong), IsOkAndHolds(IsEmpty()));
}

TEST_P(OwnerContract, TheDeadAreNobodysNeighbours) {
  ASSERT_THAT(store().Register(OwnerOn("host", NewId(), 11), kMoment), IsOk());
  const std::string declared = NewId();
  ASSERT_THAT(store().Register(OwnerOn("host", declared, 12), kLong), IsOk());
  ASSERT_THAT(store().DeclareDead(declared), IsOk());
  LetAMomentPass();
  EXPECT_THAT(store().Register(OwnerOn("host", NewId(), 13), kLong), IsOkAndHolds(IsEmpty()));
}

TEST_P(OwnerContract, RegisteringAgainRenewsTheLease) {
  const Owner owner = OwnerOn("host", NewId(), 11);
  ASSERT_THAT(store().Register(owner, kMoment), IsOk());
  EXPECT_THAT(store().Register(owner, kLong), IsOkAndHolds(IsEmpty()));
  LetAMomentPass();
  EXPECT_THAT(store().Register(OwnerOn("host", NewId(), 12), kLong),
              IsOkAndHolds(ElementsAre(IsNeighbour(owner.owner_id, 11))));
}

TEST_P(OwnerContract, HostsAndProgramsMayHaveAnyCharacters) {
  const std::string host = "it's \"a\" {host}, \\N\n\xF0\x9F\x8E\xAC";
  Owner owner = OwnerOn(host, NewId(), 11);
  owner.program = host;
  ASSERT_THAT(store().Register(owner, kLong), IsOk());
  EXPECT_THAT(store().Register(OwnerOn(host, NewId(), 12), kLong),
              IsOkAndHolds(ElementsAre(IsNeighbour(owner.owner_id, 11))));
}

TEST_P(OwnerContract, TextsThatAreNotUtf8AreNoReasonToRefuse) {
  Owner owner = OwnerOn("ho\xFFst", NewId(), 11);
  owner.program = std::string("fil\0ms\xC3", 7);
  EXPECT_THAT(store().Register(owner, kLong), IsOk());
}

TEST_P(OwnerContract, HeartbeatsOfTheRegisteredSucceed) {
  EXPECT_THAT(store().Heartbeat(owner(), kLong), IsOk());
}

TEST_P(OwnerContract, HeartbeatsOfTheUnknownAreNotFound) {
  EXPECT_THAT(store().Heartbeat(NewId(), kLong), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(OwnerContract, HeartbeatsOfTheDeclaredDeadAreNotFound) {
  const std::string dead = NewOwner();
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  EXPECT_THAT(store().Heartbeat(dead, kLong), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(OwnerContract, TheDeclaredDeadStayDeadWhenRegisteredAgain) {
  const Owner dead = OwnerOn("host", NewId(), 11);
  ASSERT_THAT(store().Register(dead, kLong), IsOk());
  ASSERT_THAT(store().DeclareDead(dead.owner_id), IsOk());
  ASSERT_THAT(store().Register(dead, kLong), IsOk());
  EXPECT_THAT(store().Heartbeat(dead.owner_id, kLong), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store().Register(OwnerOn("host", NewId(), 12), kLong), IsOkAndHolds(IsEmpty()));
}

TEST_P(OwnerContract, HeartbeatsRenewALeaseThatHasRunOut) {
  const Owner late = OwnerOn("host", NewId(), 11);
  ASSERT_THAT(store().Register(late, kMoment), IsOk());
  LetAMomentPass();
  EXPECT_THAT(store().Heartbeat(late.owner_id, kLong), IsOk());
  EXPECT_THAT(store().Register(OwnerOn("host", NewId(), 12), kLong),
              IsOkAndHolds(ElementsAre(IsNeighbour(late.owner_id, 11))));
}

TEST_P(OwnerContract, HeartbeatsMayShortenALease) {
  const Owner owner = OwnerOn("host", NewId(), 11);
  ASSERT_THAT(store().Register(owner, kLong), IsOk());
  ASSERT_THAT(store().Heartbeat(owner.owner_id, kMoment), IsOk());
  LetAMomentPass();
  EXPECT_THAT(store().Register(OwnerOn("host", NewId(), 12), kLong), IsOkAndHolds(IsEmpty()));
}

TEST_P(OwnerContract, DeclaringTheUnknownAndTheDeadDeadIsNoError) {
  EXPECT_THAT(store().DeclareDead(NewId()), IsOk());
  const std::string dead = NewOwner();
  EXPECT_THAT(store().DeclareDead(dead), IsOk());
  EXPECT_THAT(store().DeclareDead(dead), IsOk());
}

}  // namespace
}  // namespace protograph
