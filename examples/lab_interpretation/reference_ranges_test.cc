#include "reference_ranges.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lab_interpretation {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ReferenceRange RangeOf(Analyte analyte, Sex sex, double age) {
  const absl::StatusOr<ReferenceRange> range = ReferenceRangeFor(*FindAnalyte(analyte), sex, age);
  EXPECT_TRUE(range.ok()) << range.status();
  return range.value_or(ReferenceRange());
}

TEST(ReferenceRangeFor, DiffersBetweenWomenAndMen) {
  EXPECT_EQ(RangeOf(ALKALINE_PHOSPHATASE, FEMALE, 50).high(), 104);
  EXPECT_EQ(RangeOf(ALKALINE_PHOSPHATASE, MALE, 50).high(), 129);
  EXPECT_EQ(RangeOf(AST, FEMALE, 50).high(), 43);
  EXPECT_EQ(RangeOf(AST, MALE, 50).high(), 48);
}

TEST(ReferenceRangeFor, ChangesWithAgeAtTheStatedBirthday) {
  EXPECT_EQ(RangeOf(ALBUMIN, FEMALE, 59.99).low(), 3.5);
  EXPECT_EQ(RangeOf(ALBUMIN, FEMALE, 60).low(), 3.2);
  EXPECT_EQ(RangeOf(ALBUMIN, MALE, 89.99).low(), 3.2);
  EXPECT_EQ(RangeOf(ALBUMIN, MALE, 90).low(), 2.9);
}

TEST(ReferenceRangeFor, IsWholeForEveryAdult) {
  for (const AnalyteInfo& info : kAnalytes) {
    for (const Sex sex : {FEMALE, MALE}) {
      for (double age = 20; age < 110; age += 0.5) {
        const ReferenceRange range = RangeOf(info.analyte, sex, age);
        ASSERT_EQ(range.unit(), std::string(info.unit));
        ASSERT_THAT(range.source(), Not(IsEmpty()));
        ASSERT_THAT(range.population(), Not(IsEmpty()));
        ASSERT_TRUE(range.has_high());
        ASSERT_LT(range.low(), range.high());
      }
    }
  }
}

TEST(ReferenceRangeFor, RefusesChildrenAndAnUnknownSex) {
  const AnalyteInfo& albumin = *FindAnalyte(ALBUMIN);
  const absl::Status child = ReferenceRangeFor(albumin, FEMALE, 12).status();
  EXPECT_EQ(child.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(child.message()), HasSubstr("albumin for an age of 12"));
  EXPECT_EQ(ReferenceRangeFor(albumin, SEX_UNSPECIFIED, 50).status().code(),
            absl::StatusCode::kInvalidArgument);
}

struct GradeCase {
  Analyte analyte;
  double value;
  int grade;
};

class Grades : public ::testing::TestWithParam<GradeCase> {};

// A woman of 50: each limit itself still belongs to the milder grade.
TEST_P(Grades, FollowThePublishedLimits) {
  const GradeCase& c = GetParam();
  const ReferenceRange range = RangeOf(c.analyte, FEMALE, 50);
  const Grade grade = GradeOf(c.analyte, c.value, range);
  EXPECT_EQ(grade.grade, c.grade);
  EXPECT_EQ(grade.source.empty(), c.grade == 0);
}

INSTANTIATE_TEST_SUITE_P(
    Limits, Grades,
    ::testing::Values(
        GradeCase{BILIRUBIN, 1.0, 0}, GradeCase{BILIRUBIN, 1.1, 1}, GradeCase{BILIRUBIN, 1.5, 1},
        GradeCase{BILIRUBIN, 3.0, 2}, GradeCase{BILIRUBIN, 3.1, 3}, GradeCase{BILIRUBIN, 10.1, 4},
        GradeCase{BILIRUBIN, 0.05, 0}, GradeCase{CHOLESTEROL, 199, 0},
        GradeCase{CHOLESTEROL, 300, 1}, GradeCase{CHOLESTEROL, 401, 3},
        GradeCase{CHOLESTEROL, 501, 4}, GradeCase{ALBUMIN, 3.5, 0}, GradeCase{ALBUMIN, 3.4, 1},
        GradeCase{ALBUMIN, 2.9, 2}, GradeCase{ALBUMIN, 1.9, 3}, GradeCase{ALBUMIN, 8, 0},
        GradeCase{ALKALINE_PHOSPHATASE, 260, 1}, GradeCase{ALKALINE_PHOSPHATASE, 261, 2},
        GradeCase{ALKALINE_PHOSPHATASE, 521, 3}, GradeCase{ALKALINE_PHOSPHATASE, 2081, 4},
        GradeCase{AST, 44, 1}, GradeCase{AST, 130, 2}, GradeCase{AST, 216, 3},
        GradeCase{AST, 861, 4}, GradeCase{PLATELETS, 150, 0}, GradeCase{PLATELETS, 149, 1},
        GradeCase{PLATELETS, 74, 2}, GradeCase{PLATELETS, 49, 3}, GradeCase{PLATELETS, 24, 4},
        GradeCase{PLATELETS, 900, 0}, GradeCase{PROTHROMBIN_TIME, 13.8, 0},
        GradeCase{PROTHROMBIN_TIME, 14, 1}, GradeCase{PROTHROMBIN_TIME, 18, 2},
        GradeCase{PROTHROMBIN_TIME, 20, 3}, GradeCase{PROTHROMBIN_TIME, 9, 0}));

TEST(FlagOf, CountsTheLimitsThemselvesAsInRange) {
  const ReferenceRange range = RangeOf(PLATELETS, FEMALE, 50);
  EXPECT_EQ(FlagOf(149, range), LOW);
  EXPECT_EQ(FlagOf(150, range), IN_RANGE);
  EXPECT_EQ(FlagOf(450, range), IN_RANGE);
  EXPECT_EQ(FlagOf(451, range), HIGH);
}

TEST(FlagOf, KnowsNoLowerLimitOfCholesterol) {
  EXPECT_EQ(FlagOf(60, RangeOf(CHOLESTEROL, FEMALE, 50)), IN_RANGE);
}

}  // namespace
}  // namespace lab_interpretation
