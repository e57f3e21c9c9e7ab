#include "normalize_values.h"

#include <cmath>
#include <limits>
#include <string>

#include "analytes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mayo_risk_score.h"
#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"
#include "test_visits.h"

namespace lab_interpretation {
namespace {

using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

NormalizedResult Normalize(const RawTestResult& visit, const PatientHistory& history) {
  protograph::ExecCtx ctx;
  const absl::StatusOr<NormalizedResult> result = NormalizeValues().Compute(ctx, visit, history);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(NormalizedResult());
}

NormalizedResult Normalize(const RawTestResult& visit) {
  return Normalize(visit, MakeHistory(visit.id(), {}));
}

const NormalizedValue& Of(const NormalizedResult& result, Analyte analyte) {
  return result.values(static_cast<int>(analyte) - 1);
}

TEST(NormalizeValues, HoldsEveryAnalyteInTheOrderOfTheEnum) {
  const NormalizedResult result = Normalize(HealthyVisit(1, 0));
  ASSERT_EQ(result.values_size(), static_cast<int>(kAnalytes.size()));
  for (int i = 0; i < result.values_size(); ++i) {
    EXPECT_EQ(result.values(i).analyte(), i + 1);
    EXPECT_EQ(result.values(i).flag(), IN_RANGE);
    EXPECT_EQ(result.values(i).grade(), 0);
  }
}

TEST(NormalizeValues, SaysThatItIsNoMedicalAdvice) {
  EXPECT_THAT(Normalize(HealthyVisit(1, 0)).disclaimer(), HasSubstr("no medical advice"));
}

TEST(NormalizeValues, CountsTheAgeAtTheVisitAndNotAtEntry) {
  RawTestResult visit = HealthyVisit(1, 3653);
  visit.set_age_at_entry_years(52.5);
  const NormalizedResult result = Normalize(visit);
  EXPECT_NEAR(result.age_years(), 62.5, 0.01);
  EXPECT_EQ(Of(result, ALBUMIN).range().low(), 3.2);  // the range of 60 years and more
}

TEST(NormalizeValues, FlagsAndGradesByTheDistanceFromTheLimit) {
  RawTestResult visit = HealthyVisit(1, 0);
  visit.set_bilirubin_mg_dl(14.5);
  visit.set_albumin_g_dl(2.8);
  const NormalizedResult result = Normalize(visit);
  EXPECT_EQ(Of(result, BILIRUBIN).flag(), HIGH);
  EXPECT_DOUBLE_EQ(Of(result, BILIRUBIN).multiple_of_limit(), 14.5);
  EXPECT_EQ(Of(result, BILIRUBIN).grade(), 4);
  EXPECT_THAT(Of(result, BILIRUBIN).grade_source(), HasSubstr("Common Terminology Criteria"));
  EXPECT_EQ(Of(result, ALBUMIN).flag(), LOW);
  EXPECT_DOUBLE_EQ(Of(result, ALBUMIN).multiple_of_limit(), 0.8);
  EXPECT_EQ(Of(result, ALBUMIN).grade(), 2);
}

// Limits lie 1.96 standard deviations from the middle; bilirubin's middle is the geometric one.
TEST(NormalizeValues, MeasuresTheDistanceInStandardDeviationsOfHealthyPeople) {
  RawTestResult visit = HealthyVisit(1, 0);
  visit.set_platelets_10e9_l(450);
  visit.set_bilirubin_mg_dl(std::sqrt(0.1 * 1.0));
  visit.set_alkaline_phosphatase_u_l(35);
  const NormalizedResult result = Normalize(visit);
  EXPECT_NEAR(Of(result, PLATELETS).reference_z(), 1.96, 0.001);
  EXPECT_NEAR(Of(result, BILIRUBIN).reference_z(), 0, 1e-9);
  EXPECT_NEAR(Of(result, ALKALINE_PHOSPHATASE).reference_z(), -1.96, 0.001);
  EXPECT_FALSE(Of(result, CHOLESTEROL).has_reference_z());  // it has one limit only
}

TEST(NormalizeValues, KeepsAMissingValueMissingAndShowsTheLastKnownBesideIt) {
  RawTestResult first = HealthyVisit(1, 0);
  first.set_cholesterol_mg_dl(261);
  RawTestResult second = HealthyVisit(1, 182);
  second.clear_cholesterol_mg_dl();
  RawTestResult visit = HealthyVisit(1, 365);
  visit.clear_cholesterol_mg_dl();
  const NormalizedResult result = Normalize(visit, MakeHistory(visit.id(), {first, second}));
  const NormalizedValue& cholesterol = Of(result, CHOLESTEROL);
  EXPECT_EQ(cholesterol.flag(), MISSING);
  EXPECT_FALSE(cholesterol.has_value());
  EXPECT_EQ(cholesterol.grade(), 0);
  EXPECT_FALSE(cholesterol.has_reference_z());
  EXPECT_EQ(cholesterol.last_known_value(), 261);
  EXPECT_EQ(cholesterol.last_known_day(), 0);
}

TEST(NormalizeValues, KnowsNoLastValueAtAFirstVisit) {
  RawTestResult visit = HealthyVisit(1, 0);
  visit.clear_platelets_10e9_l();
  const NormalizedResult result = Normalize(visit);
  EXPECT_EQ(Of(result, PLATELETS).flag(), MISSING);
  EXPECT_FALSE(Of(result, PLATELETS).has_last_known_value());
}

TEST(NormalizeValues, RefusesAValueThatNothingCanHave) {
  protograph::ExecCtx ctx;
  for (const double wrong : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
    RawTestResult visit = HealthyVisit(4, 9);
    visit.set_albumin_g_dl(wrong);
    EXPECT_THAT(NormalizeValues().Compute(ctx, visit, MakeHistory(visit.id(), {})),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("albumin"), HasSubstr("patient 4, day 9"))));
  }
}

TEST(NormalizeValues, RefusesTheHistoryOfAnotherVisit) {
  protograph::ExecCtx ctx;
  EXPECT_THAT(NormalizeValues().Compute(ctx, HealthyVisit(1, 9), MakeHistory(MakeId(2, 9), {})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("patient 2, day 9")));
}

TEST(NormalizeValues, RefusesARecordWithoutSexOrOfAChild) {
  protograph::ExecCtx ctx;
  RawTestResult visit = HealthyVisit(1, 0);
  visit.clear_sex();
  EXPECT_THAT(NormalizeValues().Compute(ctx, visit, MakeHistory(visit.id(), {})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sex")));
  visit.set_sex(MALE);
  visit.set_age_at_entry_years(11);
  EXPECT_THAT(NormalizeValues().Compute(ctx, visit, MakeHistory(visit.id(), {})),
              StatusIs(absl::StatusCode::kOutOfRange));
}

// The first patient of the trial at entry, by hand: 0.039 * 58.765 + 0.871 * ln 14.5
// - 2.53 * ln 2.6 + 2.38 * ln 12.2 + 0.859 * 1 = 2.2918 + 2.3292 - 2.4174 + 5.9535 + 0.859
// = 9.0161.
TEST(MayoRiskScore, AgreesWithTheFormulaWorkedByHand) {
  RawTestResult visit;
  visit.set_bilirubin_mg_dl(14.5);
  visit.set_albumin_g_dl(2.6);
  visit.set_prothrombin_time_s(12.2);
  visit.set_edema(1);
  EXPECT_NEAR(*MayoRiskScore(visit, 58.765), 9.016, 0.001);
}

TEST(MayoRiskScore, IsNotComputedWithoutAllOfItsInputs) {
  RawTestResult visit = HealthyVisit(1, 0);
  ASSERT_TRUE(MayoRiskScore(visit, 50).has_value());
  RawTestResult without = visit;
  without.clear_edema();
  EXPECT_FALSE(MayoRiskScore(without, 50).has_value());
  without = visit;
  without.clear_bilirubin_mg_dl();
  EXPECT_FALSE(MayoRiskScore(without, 50).has_value());
  without = visit;
  without.clear_albumin_g_dl();
  EXPECT_FALSE(MayoRiskScore(without, 50).has_value());
  without = visit;
  without.clear_prothrombin_time_s();
  EXPECT_FALSE(MayoRiskScore(without, 50).has_value());
  without.set_prothrombin_time_s(11);
  EXPECT_FALSE(Normalize(HealthyVisit(1, 0)).mayo_risk_score() == 0);
}

}  // namespace
}  // namespace lab_interpretation
