// Permits: how many jobs of a queue each owner may run, so that all together keep its limit.

#include <numeric>
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
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kMostRounds = 10;

class Permits {
 public:
  Permits(JobStore& jobs, std::string queue) : jobs_(jobs), queue_(std::move(queue)) {}

  int Lease(const std::string& owner_id, int wanted, int in_use = 0) {
    const std::vector<PermitDemand> demands = {
        {.queue = queue_, .wanted = wanted, .in_use = in_use}};
    const absl::StatusOr<std::vector<int>> permits = jobs_.LeasePermits(owner_id, demands);
    EXPECT_THAT(permits, IsOkAndHolds(SizeIs(1)));
    return permits.ok() && permits->size() == 1 ? permits->front() : -1;
  }

  // Each asks again and again, until nothing changes any more; what each has then. In each round
  // they have at most `limit` together.
  std::vector<int> Settle(const std::vector<std::string>& owner_ids, const std::vector<int>& wanted,
                          int limit) {
    std::vector<int> permits(owner_ids.size(), 0);
    for (int round = 0; round < kMostRounds; ++round) {
      const std::vector<int> before = permits;
      for (size_t i = 0; i < owner_ids.size(); ++i) {
        permits[i] = Lease(owner_ids[i], wanted[i]);
        EXPECT_LE(permits[i], wanted[i]);
      }
      // In the first round some may have what others have not given back yet.
      if (round > 0) {
        EXPECT_LE(std::accumulate(permits.begin(), permits.end(), 0), limit);
      }
      if (round > 1 && permits == before) break;
    }
    return permits;
  }

 private:
  JobStore& jobs_;
  const std::string queue_;
};

TEST_P(JobPermitContract, WithoutALimitNobodyHasOne) {
  Permits permits(jobs(), "films");
  EXPECT_EQ(permits.Lease(owner(), 7), kNoPermitLimit);
  EXPECT_EQ(permits.Lease(NewOwner(), 1000), kNoPermitLimit);
  SubmitOne("films");
  EXPECT_EQ(permits.Lease(owner(), 0), kNoPermitLimit);
}

TEST_P(JobPermitContract, OneAloneHasWhatItWantsUpToTheLimit) {
  Configure("films", {.concurrency_limit = 10});
  Permits permits(jobs(), "films");
  EXPECT_EQ(permits.Lease(owner(), 4), 4);
  EXPECT_EQ(permits.Lease(owner(), 40), 10);
  EXPECT_EQ(permits.Lease(owner(), 0), 0);
  EXPECT_EQ(permits.Lease(owner(), 10), 10);
}

TEST_P(JobPermitContract, NobodyIsGivenWhatAnotherHas) {
  Configure("films", {.concurrency_limit = 10});
  Permits permits(jobs(), "films");
  EXPECT_EQ(permits.Lease(owner(), 8), 8);
  const std::string other = NewOwner();
  EXPECT_LE(permits.Lease(other, 8), 2);
  EXPECT_EQ(permits.Lease(owner(), 3), 3);
  EXPECT_EQ(permits.Lease(other, 7), 7);
}

TEST_P(JobPermitContract, WhoAsksAnewGivesBackWhatIsAboveItsShareOnceOthersAsk) {
  Configure("films", {.concurrency_limit = 10});
  Permits permits(jobs(), "films");
  EXPECT_EQ(permits.Lease(owner(), 10), 10);
  const std::string other = NewOwner();
  EXPECT_EQ(permits.Lease(other, 10), 0);
  EXPECT_EQ(permits.Lease(owner(), 10), 5);
  EXPECT_EQ(permits.Lease(other, 10), 5);
  EXPECT_EQ(permits.Lease(owner(), 10), 5);
  // And has it again once the other one wants it no more.
  EXPECT_EQ(permits.Lease(other, 0), 0);
  EXPECT_EQ(permits.Lease(owner(), 10), 10);
}

TEST_P(JobPermitContract, WhatIsInUseIsKeptUntilItIsNot) {
  Configure("films", {.concurrency_limit = 10});
  Permits permits(jobs(), "films");
  EXPECT_EQ(permits.Lease(owner(), 10), 10);
  const std::string other = NewOwner();
  EXPECT_EQ(permits.Lease(other, 10), 0);
  EXPECT_EQ(permits.Lease(owner(), 10, 8), 8);
  EXPECT_EQ(permits.Lease(other, 10), 2);
  EXPECT_EQ(permits.Lease(owner(), 10, 6), 6);
  EXPECT_EQ(permits.Lease(owner(), 10, 4), 5);
  EXPECT_EQ(permits.Lease(other, 10, 2), 5);
}

TEST_P(JobPermitContract, SharesAreEqualWhereAllWantMoreThanThereIs) {
  Configure("films", {.concurrency_limit = 12});
  const std::vector<std::string> owners = {owner(), NewOwner(), NewOwner(), NewOwner()};
  EXPECT_THAT(Permits(jobs(), "films").Settle(owners, {12, 100, 4, 20}, 12),
              ElementsAre(3, 3, 3, 3));
}

TEST_P(JobPermitContract, WhatOneDoesNotWantTheOthersHave) {
  Configure("films", {.concurrency_limit = 12});
  const std::vector<std::string> owners = {owner(), NewOwner(), NewOwner()};
  EXPECT_THAT(Permits(jobs(), "films").Settle(owners, {2, 100, 100}, 12), ElementsAre(2, 5, 5));
}

TEST_P(JobPermitContract, MoreOwnersThanPermitsShareThemAllTheSame) {
  Configure("films", {.concurrency_limit = 2});
  const std::vector<std::string> owners = {owner(), NewOwner(), NewOwner(), NewOwner()};
  const std::vector<int> permits = Permits(jobs(), "films").Settle(owners, {9, 9, 9, 9}, 2);
  EXPECT_EQ(std::accumulate(permits.begin(), permits.end(), 0), 2);
}

TEST_P(JobPermitContract, ThePermitsOfTheDeadAreFreeAgain) {
  Configure("films", {.concurrency_limit = 10});
  Permits permits(jobs(), "films");
  const std::string declared = NewOwner();
  EXPECT_EQ(permits.Lease(declared, 10), 10);
  ASSERT_THAT(store().DeclareDead(declared), IsOk());
  EXPECT_EQ(permits.Lease(owner(), 10), 10);
}

TEST_P(JobPermitContract, WhoseLeaseRanOutMustAskAgain) {
  Configure("films", {.concurrency_limit = 10});
  Permits permits(jobs(), "films");
  const std::string lapsed = NewOwner();
  EXPECT_EQ(permits.Lease(lapsed, 10), 10);
  ASSERT_THAT(store().Heartbeat(lapsed, kMoment), IsOk());
  LetAMomentPass();
  EXPECT_EQ(permits.Lease(owner(), 10), 10);
  ASSERT_THAT(store().Heartbeat(lapsed, kLong), IsOk());
  EXPECT_EQ(permits.Lease(lapsed, 10), 0);
  EXPECT_THAT(permits.Settle({owner(), lapsed}, {10, 10}, 10), ElementsAre(5, 5));
}

TEST_P(JobPermitContract, ALowerLimitHoldsOnceAllHaveAskedAnew) {
  Configure("films", {.concurrency_limit = 20});
  const std::vector<std::string> owners = {owner(), NewOwner()};
  Permits permits(jobs(), "films");
  EXPECT_THAT(permits.Settle(owners, {10, 10}, 20), ElementsAre(10, 10));
  Configure("films", {.concurrency_limit = 4});
  EXPECT_THAT(permits.Settle(owners, {10, 10}, 4), ElementsAre(2, 2));
}

TEST_P(JobPermitContract, SeveralQueuesAreAnsweredInTheirOrder) {
  Configure("films", {.concurrency_limit = 3});
  Configure("books", {.concurrency_limit = 5});
  const std::vector<PermitDemand> demands = {{.queue = "films", .wanted = 10},
                                             {.queue = "free", .wanted = 10},
                                             {.queue = "books", .wanted = 10}};
  EXPECT_THAT(jobs().LeasePermits(owner(), demands),
              IsOkAndHolds(ElementsAre(3, kNoPermitLimit, 5)));
  EXPECT_THAT(jobs().LeasePermits(owner(), std::vector<PermitDemand>()), IsOkAndHolds(IsEmpty()));
}

}  // namespace
}  // namespace protograph
