#include "compare_to_baseline.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "normalize_values.h"
#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"
#include "test_visits.h"

namespace lab_interpretation {
namespace {

using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

TrendAnalysis Compare(const RawTestResult& visit, const PatientHistory& history) {
  protograph::ExecCtx ctx;
  const absl::StatusOr<NormalizedResult> normalized =
      NormalizeValues().Compute(ctx, visit, history);
  EXPECT_TRUE(normalized.ok()) << normalized.status();
  const absl::StatusOr<TrendAnalysis> trends =
      CompareToBaseline().Compute(ctx, normalized.value_or(NormalizedResult()), history);
  EXPECT_TRUE(trends.ok()) << trends.status();
  return trends.value_or(TrendAnalysis());
}

AnalyteTrend CompareBilirubin(std::initializer_list<double> mg_dl) {
  const BilirubinSeries series(mg_dl);
  return Compare(series.last(), series.history).trends(BILIRUBIN - 1);
}

AnalyteTrend CompareAlbumin(double before, double now) {
  RawTestResult first = HealthyVisit(1, 0);
  first.set_albumin_g_dl(before);
  RawTestResult visit = HealthyVisit(1, 365);
  visit.set_albumin_g_dl(now);
  return Compare(visit, MakeHistory(visit.id(), {first})).trends(ALBUMIN - 1);
}

TEST(CompareToBaseline, SaysNothingAboutAFirstVisit) {
  const TrendAnalysis trends = Compare(HealthyVisit(1, 0), MakeHistory(MakeId(1, 0), {}));
  EXPECT_EQ(trends.earlier_visits(), 0);
  EXPECT_EQ(trends.span_days(), 0);
  ASSERT_EQ(trends.trends_size(), 7);
  for (const AnalyteTrend& trend : trends.trends()) {
    EXPECT_EQ(trend.course(), COURSE_UNSPECIFIED);
    EXPECT_EQ(trend.earlier_values(), 0);
    EXPECT_FALSE(trend.has_change_percent());
    EXPECT_FALSE(trend.has_baseline_z());
    EXPECT_FALSE(trend.has_trend_p_value());
  }
  EXPECT_THAT(trends.disclaimer(), HasSubstr("no medical advice"));
}

// Bilirubin: hypot(21.8%, 10.9%) = 24.37% in all, 0.2402 on the logarithmic scale; times sqrt(2)
// * 1.96 that is 0.6659, a factor of 1.946.
TEST(CompareToBaseline, ComparesOneEarlierValueByTheReferenceChangeValue) {
  const AnalyteTrend trend = CompareBilirubin({1.0, 1.9});
  EXPECT_EQ(trend.previous_value(), 1.0);
  EXPECT_EQ(trend.previous_day(), 0);
  EXPECT_NEAR(trend.change_percent(), 90, 1e-9);
  EXPECT_NEAR(trend.rcv_rise_percent(), 94.6, 0.1);
  EXPECT_NEAR(trend.rcv_fall_percent(), -48.6, 0.1);
  EXPECT_FALSE(trend.exceeds_rcv());
  EXPECT_EQ(trend.course(), STABLE);
  EXPECT_FALSE(trend.has_baseline_z());
  EXPECT_FALSE(trend.has_trend_p_value());
}

TEST(CompareToBaseline, CallsAChangeBeyondTheReferenceChangeValueByItsHarm) {
  EXPECT_EQ(CompareBilirubin({1.0, 2.0}).course(), WORSENING);
  EXPECT_EQ(CompareBilirubin({1.0, 0.52}).course(), STABLE);
  EXPECT_EQ(CompareBilirubin({1.0, 0.51}).course(), IMPROVING);
  EXPECT_EQ(CompareAlbumin(4.0, 3.0).course(), WORSENING);
  EXPECT_EQ(CompareAlbumin(3.0, 4.0).course(), IMPROVING);
}

TEST(CompareToBaseline, NeedsThreeEarlierValuesForABaseline) {
  EXPECT_FALSE(CompareBilirubin({1, 1, 2}).has_baseline_z());
  EXPECT_TRUE(CompareBilirubin({1, 1, 1, 2}).has_baseline_z());
}

// Three equal values have no spread of their own; a healthy person's variation (0.2402) stands in.
// ln 1.9 / 0.2402 = 2.67; ln 2.4 / 0.2402 = 3.64.
TEST(CompareToBaseline, NeverTakesABaselineToBeSteadierThanAHealthyPerson) {
  const AnalyteTrend inside = CompareBilirubin({1, 1, 1, 1.9});
  EXPECT_NEAR(inside.baseline_median(), 1, 1e-9);
  EXPECT_NEAR(inside.baseline_z(), 2.67, 0.01);
  EXPECT_FALSE(inside.outside_baseline());
  const AnalyteTrend outside = CompareBilirubin({1, 1, 1, 2.4});
  EXPECT_NEAR(outside.baseline_z(), 3.64, 0.01);
  EXPECT_TRUE(outside.outside_baseline());
}

// Earlier values 0.5, 1 and 2: the median is 1, the spread 1.4826 * ln 2 = 1.0277; ln 4 of that
// is 1.35.
TEST(CompareToBaseline, AllowsARestlessPatientMore) {
  const AnalyteTrend trend = CompareBilirubin({0.5, 2, 1, 4});
  EXPECT_NEAR(trend.baseline_z(), 1.349, 0.001);
  EXPECT_FALSE(trend.outside_baseline());
}

TEST(CompareToBaseline, IsNotMisledByOneWrongEarlierValue) {
  const AnalyteTrend trend = CompareBilirubin({1, 1, 40, 1, 1});
  EXPECT_NEAR(trend.baseline_median(), 1, 1e-9);
  EXPECT_NEAR(trend.baseline_z(), 0, 1e-9);
}

TEST(CompareToBaseline, NeedsFiveValuesForATrend) {
  EXPECT_FALSE(CompareBilirubin({1, 1.1, 1.2, 1.3}).has_trend_p_value());
  EXPECT_TRUE(CompareBilirubin({1, 1.1, 1.2, 1.3, 1.4}).has_trend_p_value());
}

// Slow growth that no single step shows. All 10 pairs rise: p = 2/120. In order of size the 5th and
// 6th of the ten slopes of the logarithms are 0.08358 and 0.08418 a year; exp of their mean
// is 1.0875.
TEST(CompareToBaseline, FindsASlowTrendThatNoSingleChangeShows) {
  const AnalyteTrend trend = CompareBilirubin({1, 1.1, 1.2, 1.3, 1.4});
  EXPECT_FALSE(trend.exceeds_rcv());
  EXPECT_FALSE(trend.outside_baseline());
  EXPECT_EQ(trend.mann_kendall_s(), 10);
  EXPECT_NEAR(trend.trend_p_value(), 2.0 / 120, 1e-12);
  EXPECT_TRUE(trend.significant_trend());
  EXPECT_NEAR(trend.slope_percent_per_year(), 8.75, 0.01);
  EXPECT_EQ(trend.course(), WORSENING);
}

TEST(CompareToBaseline, CallsASuddenRiseAfterYearsOfFallingMixed) {
  const AnalyteTrend trend = CompareBilirubin({8, 7, 6, 5, 4, 3, 2.5, 2, 0.8, 1.8});
  EXPECT_TRUE(trend.exceeds_rcv());
  EXPECT_GT(trend.change_percent(), 0);
  EXPECT_TRUE(trend.significant_trend());
  EXPECT_LT(trend.mann_kendall_s(), 0);
  EXPECT_EQ(trend.course(), MIXED);
}

TEST(CompareToBaseline, LeavesMissingValuesOutOnBothSides) {
  RawTestResult first = HealthyVisit(1, 0);
  first.set_cholesterol_mg_dl(200);
  RawTestResult second = HealthyVisit(1, 182);
  second.clear_cholesterol_mg_dl();
  RawTestResult visit = HealthyVisit(1, 365);
  visit.set_cholesterol_mg_dl(205);
  visit.clear_platelets_10e9_l();
  const TrendAnalysis trends = Compare(visit, MakeHistory(visit.id(), {first, second}));
  EXPECT_EQ(trends.earlier_visits(), 2);
  EXPECT_EQ(trends.span_days(), 365);

  const AnalyteTrend& cholesterol = trends.trends(CHOLESTEROL - 1);
  EXPECT_EQ(cholesterol.earlier_values(), 1);
  EXPECT_EQ(cholesterol.previous_value(), 200);
  EXPECT_EQ(cholesterol.previous_day(), 0);

  const AnalyteTrend& platelets = trends.trends(PLATELETS - 1);
  EXPECT_EQ(platelets.earlier_values(), 2);
  EXPECT_FALSE(platelets.has_change_percent());
  EXPECT_EQ(platelets.course(), COURSE_UNSPECIFIED);
}

TEST(CompareToBaseline, RefusesAnEarlierValueThatNothingCanHave) {
  protograph::ExecCtx ctx;
  RawTestResult first = HealthyVisit(1, 0);
  first.set_ast_u_ml(0);
  const RawTestResult visit = HealthyVisit(1, 365);
  const PatientHistory history = MakeHistory(visit.id(), {first});
  const absl::StatusOr<NormalizedResult> normalized =
      NormalizeValues().Compute(ctx, visit, history);
  ASSERT_TRUE(normalized.ok()) << normalized.status();
  EXPECT_THAT(CompareToBaseline().Compute(ctx, *normalized, history),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("AST"), HasSubstr("patient 1, day 0"))));
}

TEST(CompareToBaseline, RefusesTheHistoryOfAnotherVisitAndAnUnknownAnalyte) {
  protograph::ExecCtx ctx;
  NormalizedResult normalized;
  *normalized.mutable_id() = MakeId(1, 0);
  EXPECT_THAT(CompareToBaseline().Compute(ctx, normalized, MakeHistory(MakeId(1, 1), {})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("day 1")));
  normalized.add_values()->set_value(1);
  EXPECT_THAT(CompareToBaseline().Compute(ctx, normalized, MakeHistory(MakeId(1, 0), {})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ANALYTE_UNSPECIFIED")));
}

}  // namespace
}  // namespace lab_interpretation
