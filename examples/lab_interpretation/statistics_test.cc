#include "statistics.h"

#include <cmath>
#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lab_interpretation {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

TEST(Median, TakesTheMiddleOrTheMeanOfTheTwoMiddleValues) {
  EXPECT_THAT(Median(std::vector<double>{3, 1, 2}), Optional(2.0));
  EXPECT_THAT(Median(std::vector<double>{4, 1, 3, 2}), Optional(2.5));
  EXPECT_THAT(Median(std::vector<double>{7}), Optional(7.0));
  EXPECT_EQ(Median(std::vector<double>{}), std::nullopt);
}

// By hand: the median is 2.45, the distances from it are 0.05 (twice), 0.15 (four times), 0.35
// (twice), 5.75 and 5.85, so that their median is 0.15; 8.3 lies 5.85 / (1.4826 * 0.15) = 26.3
// away. By mean (3.54) and standard deviation (2.48) it would be 1.9.
TEST(ScaledMad, ShowsTheOutliersThatMeanAndDeviationHide) {
  const std::vector<double> values = {2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3};
  const double median = *Median(values);
  const double mad = *ScaledMad(values, median);
  EXPECT_NEAR(median, 2.45, 1e-12);
  EXPECT_NEAR(mad, 1.4826 * 0.15, 1e-4);
  EXPECT_NEAR((8.3 - median) / mad, 26.3, 0.05);
  EXPECT_EQ(ScaledMad(std::vector<double>{}, 0), std::nullopt);
}

// The example of Sen (1968), whose slope is 4.
TEST(TheilSenSlope, AgreesWithSensExample) {
  const std::vector<double> x = {1, 2, 3, 4, 10, 12, 18};
  const std::vector<double> y = {9, 15, 19, 20, 45, 55, 78};
  EXPECT_THAT(TheilSenSlope(x, y), Optional(DoubleNear(4.0, 1e-12)));
}

TEST(TheilSenSlope, IsNotMovedByOneWrongValue) {
  const std::vector<double> x = {0, 1, 2, 3, 4, 5, 6};
  const std::vector<double> y = {0, 2, 4, 600, 8, 10, 12};
  EXPECT_THAT(TheilSenSlope(x, y), Optional(2.0));
}

TEST(TheilSenSlope, NeedsTwoDifferentTimesAndEqualLengths) {
  EXPECT_EQ(TheilSenSlope(std::vector<double>{1}, std::vector<double>{5}), std::nullopt);
  EXPECT_EQ(TheilSenSlope(std::vector<double>{1, 1}, std::vector<double>{5, 6}), std::nullopt);
  EXPECT_EQ(TheilSenSlope(std::vector<double>{1, 2}, std::vector<double>{5}), std::nullopt);
}

// One-sided probabilities of S from the table of Kendall's statistic (Gilbert 1987, table A18;
// Kendall, Rank Correlation Methods), to its digits.
TEST(MannKendall, AgreesWithThePublishedTable) {
  struct Case {
    std::vector<double> values;
    int s;
    double one_sided;
  };
  const std::vector<Case> cases = {
      {{1, 2, 3, 4}, 6, 0.042},           {{2, 1, 3, 4, 5}, 8, 0.042},
      {{1, 2, 3, 4, 5}, 10, 0.0083},      {{2, 1, 4, 3, 5, 6}, 11, 0.028},
      {{2, 1, 4, 3, 6, 5, 7}, 15, 0.015}, {{2, 1, 4, 3, 6, 5, 8, 7}, 20, 0.0071},
  };
  for (const Case& c : cases) {
    const MannKendallTest test = MannKendall(c.values);
    EXPECT_EQ(test.s, c.s);
    EXPECT_TRUE(test.exact);
    EXPECT_NEAR(test.p_value / 2, c.one_sided, 0.0005) << "S = " << c.s;
  }
}

TEST(MannKendall, IsTheSameForAFallButForTheSign) {
  const MannKendallTest rise = MannKendall(std::vector<double>{1, 2, 3, 5, 4, 6});
  const MannKendallTest fall = MannKendall(std::vector<double>{6, 4, 5, 3, 2, 1});
  EXPECT_EQ(rise.s, 13);
  EXPECT_EQ(fall.s, -13);
  EXPECT_DOUBLE_EQ(rise.p_value, fall.p_value);
}

TEST(MannKendall, NeverReachesFivePercentWithFourValues) {
  EXPECT_GT(MannKendall(std::vector<double>{1, 2, 3, 4}).p_value, 0.05);
  EXPECT_LT(MannKendall(std::vector<double>{1, 2, 3, 4, 5}).p_value, 0.05);
}

// With the ties {2, 2} and {4, 4, 4} among 8 values, by hand: S = 21 + 3 = 24 of 28 pairs, 4 tied;
// variance (8*7*21 - 2*1*9 - 3*2*11) / 18 = 1092 / 18 = 60.667; z = 23 / 7.789 = 2.953; p =
// 0.00315.
TEST(MannKendall, CorrectsTheVarianceForTies) {
  const MannKendallTest test = MannKendall(std::vector<double>{1, 2, 2, 3, 4, 4, 4, 5});
  EXPECT_EQ(test.s, 24);
  EXPECT_FALSE(test.exact);
  EXPECT_NEAR(test.p_value, 0.00315, 0.00002);
}

TEST(MannKendall, FindsNoTrendWhereAllValuesAreEqualOrThereIsNoPair) {
  EXPECT_EQ(MannKendall(std::vector<double>{3, 3, 3, 3, 3}).p_value, 1);
  EXPECT_EQ(MannKendall(std::vector<double>{3}).p_value, 1);
  EXPECT_EQ(MannKendall(std::vector<double>{}).p_value, 1);
}

TEST(MannKendall, ExactAndApproximateProbabilitiesMeetForLongSeries) {
  std::vector<double> values;
  for (int i = 0; i < 59; ++i) values.push_back(i % 7 + i * 0.06);
  const MannKendallTest exact = MannKendall(values);
  ASSERT_TRUE(exact.exact);
  const double n = 59;
  const double z = (std::abs(exact.s) - 1) / std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  EXPECT_NEAR(exact.p_value, std::erfc(z / std::sqrt(2.0)), 0.002);
}

// Cholesterol with 6% within a person and 1.6% of the assay: Fraser (Biological Variation: From
// Principles to Practice, 2001) has sqrt(2) * 1.96 * sqrt(6^2 + 1.6^2) = 17.2%, symmetric. The
// log-normal form lies around it: exp(+-0.1719) - 1.
TEST(ReferenceChangeValue, LiesAroundTheSymmetricFormForSmallVariation) {
  const ReferenceChange change = ReferenceChangeValue(0.06, 0.016);
  EXPECT_NEAR(change.rise, 0.1876, 0.0005);
  EXPECT_NEAR(change.fall, -0.1579, 0.0005);
  EXPECT_NEAR((change.rise - change.fall) / 2, 0.172, 0.001);
}

TEST(ReferenceChangeValue, LetsAFallUndoARise) {
  const ReferenceChange change = ReferenceChangeValue(0.3, 0.15);
  EXPECT_NEAR((1 + change.rise) * (1 + change.fall), 1.0, 1e-12);
  EXPECT_GT(change.rise, -change.fall);
}

TEST(LogStandardDeviation, IsTheCoefficientOfVariationWhereItIsSmall) {
  EXPECT_NEAR(LogStandardDeviation(0.01), 0.01, 1e-6);
  EXPECT_NEAR(LogStandardDeviation(1.0), std::sqrt(std::log(2.0)), 1e-12);
}

}  // namespace
}  // namespace lab_interpretation
