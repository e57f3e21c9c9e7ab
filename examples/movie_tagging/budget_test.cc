#include "budget.h"

#include <optional>

#include "gtest/gtest.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

TEST(Budget, GrowsWithPrices) {
  EXPECT_DOUBLE_EQ(DollarsOf2010(1000, 2010), 1000);
  // 218.056 / 14.0
  EXPECT_NEAR(DollarsOf2010(1000000, 1940), 15575428.6, 1);
  // Half-way between 1990 (130.7) and 1995 (152.4) lies no known year; 1991 is a fifth of the way.
  EXPECT_NEAR(DollarsOf2010(1000, 1991), 1000 * 218.056 / 135.04, 1e-6);
}

TEST(Budget, TakesTheNearestYearBeyondTheTable) {
  EXPECT_DOUBLE_EQ(DollarsOf2010(1000, 2011), 1000);
  EXPECT_DOUBLE_EQ(DollarsOf2010(1000, 1900), DollarsOf2010(1000, 1913));
}

TEST(Budget, IsUnknownWithoutAmountOrYear) {
  EXPECT_EQ(BudgetInDollarsOf2010(FromText<Movie>("production_budget_dollars: 5")), std::nullopt);
  EXPECT_EQ(BudgetInDollarsOf2010(FromText<Movie>("release_date { year: 2010 }")), std::nullopt);
  EXPECT_EQ(BudgetInDollarsOf2010(
                FromText<Movie>("production_budget_dollars: 5 release_date { year: 2010 }")),
            5);
}

TEST(Budget, HasFiveScales) {
  EXPECT_EQ(ScaleOf(218), BUDGET_SCALE_MICRO);
  EXPECT_EQ(ScaleOf(1e6), BUDGET_SCALE_LOW);
  EXPECT_EQ(ScaleOf(1e7), BUDGET_SCALE_MEDIUM);
  EXPECT_EQ(ScaleOf(4e7), BUDGET_SCALE_HIGH);
  EXPECT_EQ(ScaleOf(1e8), BUDGET_SCALE_TENTPOLE);
}

}  // namespace
}  // namespace movie_tagging
