#include "reference_ranges.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lab_interpretation {
namespace {

constexpr double kAdultFrom = 20;
constexpr double kAnyAge = std::numeric_limits<double>::infinity();

constexpr std::string_view kMayoPatientPage =
    "Mayo Clinic, Liver function tests: results (mayoclinic.org, 26 September 2012)";
constexpr std::string_view kMayoLaboratoriesAlp =
    "Mayo Clinic Laboratories, test catalog, ALP: alkaline phosphatase, serum";
constexpr std::string_view kMayoLaboratoriesAst =
    "Mayo Clinic Laboratories, test catalog, AST: aspartate aminotransferase, serum";
constexpr std::string_view kTietz =
    "Wu (ed.), Tietz Clinical Guide to Laboratory Tests, 4th edition, 2006";
constexpr std::string_view kAtpIii =
    "National Cholesterol Education Program, Adult Treatment Panel III, JAMA 2001;285:2486-97";
constexpr std::string_view kAbim =
    "American Board of Internal Medicine, Laboratory Test Reference Ranges, 2024";

struct Row {
  Analyte analyte;
  Sex sex;  // SEX_UNSPECIFIED: both
  double from_age;
  double below_age;
  std::optional<double> low;
  std::optional<double> high;
  std::string_view population;
  std::string_view source;
  std::string_view caution;
};

constexpr std::string_view kAlpCaution =
    "the range is today's; the trial's assay and its range are not on record, so that the "
    "patient's "
    "own course says more than the distance from the limit";
constexpr std::string_view kAstCaution =
    "the limits are today's in U/l; the trial's value is in the U/ml of an older assay, whose "
    "range is "
    "not on record, so that the comparison is rough";
constexpr std::string_view kCholesterolCaution =
    "a limit for decisions (desirable is below 200), not the range of healthy people; bile that "
    "does "
    "not flow raises cholesterol without the same meaning for the heart";
constexpr std::string_view kProthrombinCaution =
    "depends on the laboratory's reagent; the source gives it for men, no other for women";
constexpr std::string_view kBilirubinCaution = "the source gives it for men, no other for women";

constexpr std::array<Row, 11> kRows = {{
    {BILIRUBIN, SEX_UNSPECIFIED, kAdultFrom, kAnyAge, 0.1, 1.0, "adults", kMayoPatientPage,
     kBilirubinCaution},
    {CHOLESTEROL, SEX_UNSPECIFIED, kAdultFrom, kAnyAge, std::nullopt, 199, "adults", kAtpIii,
     kCholesterolCaution},
    {ALBUMIN, SEX_UNSPECIFIED, kAdultFrom, 60, 3.5, 5.2, "adults below 60 years", kTietz, ""},
    {ALBUMIN, SEX_UNSPECIFIED, 60, 90, 3.2, 4.6, "adults of 60 to 90 years", kTietz, ""},
    {ALBUMIN, SEX_UNSPECIFIED, 90, kAnyAge, 2.9, 4.5, "adults over 90 years", kTietz, ""},
    {ALKALINE_PHOSPHATASE, FEMALE, kAdultFrom, kAnyAge, 35, 104, "women", kMayoLaboratoriesAlp,
     kAlpCaution},
    {ALKALINE_PHOSPHATASE, MALE, kAdultFrom, kAnyAge, 40, 129, "men", kMayoLaboratoriesAlp,
     kAlpCaution},
    {AST, FEMALE, kAdultFrom, kAnyAge, 8, 43, "women", kMayoLaboratoriesAst, kAstCaution},
    {AST, MALE, kAdultFrom, kAnyAge, 8, 48, "men", kMayoLaboratoriesAst, kAstCaution},
    {PLATELETS, SEX_UNSPECIFIED, kAdultFrom, kAnyAge, 150, 450, "adults", kAbim, ""},
    {PROTHROMBIN_TIME, SEX_UNSPECIFIED, kAdultFrom, kAnyAge, 9.5, 13.8, "adults", kMayoPatientPage,
     kProthrombinCaution},
}};

constexpr std::string_view kCtcae =
    "National Cancer Institute, Common Terminology Criteria for Adverse Events, version 4.03, 2010";
constexpr std::string_view kPugh =
    "Pugh et al., Br J Surg 1973;60:646-9 (seconds of prolongation), counted from the upper limit";

// Grade by how many of `limits`, which fall, `value` lies below; `first` limit is the range's own.
int CountBelow(double value, std::span<const double> limits) {
  return static_cast<int>(
      std::count_if(limits.begin(), limits.end(), [value](double limit) { return value < limit; }));
}

int CountAbove(double value, std::span<const double> limits) {
  return static_cast<int>(
      std::count_if(limits.begin(), limits.end(), [value](double limit) { return value > limit; }));
}

int GradeNumber(Analyte analyte, double value, double low, double high) {
  switch (analyte) {
    case BILIRUBIN:
      return CountAbove(value, std::array{high, 1.5 * high, 3 * high, 10 * high});
    case CHOLESTEROL:
      return CountAbove(value, std::array{high, 300.0, 400.0, 500.0});
    case ALBUMIN:  // Grade 4 is not a number but "life-threatening consequences".
      return CountBelow(value, std::array{low, 3.0, 2.0});
    case ALKALINE_PHOSPHATASE:
      return CountAbove(value, std::array{high, 2.5 * high, 5 * high, 20 * high});
    case AST:
      return CountAbove(value, std::array{high, 3 * high, 5 * high, 20 * high});
    case PLATELETS:
      return CountBelow(value, std::array{low, 75.0, 50.0, 25.0});
    case PROTHROMBIN_TIME:  // Pugh's 1, 2 and 3 points.
      return CountAbove(value, std::array{high, high + 4, high + 6});
    default:
      return 0;
  }
}

}  // namespace

absl::StatusOr<ReferenceRange> ReferenceRangeFor(const AnalyteInfo& info, Sex sex,
                                                 double age_years) {
  if (sex != FEMALE && sex != MALE) {
    return absl::InvalidArgumentError(
        "reference ranges need the patient's sex, which the record does not give");
  }
  for (const Row& row : kRows) {
    if (row.analyte != info.analyte || (row.sex != SEX_UNSPECIFIED && row.sex != sex)) continue;
    if (age_years < row.from_age || age_years >= row.below_age) continue;
    ReferenceRange range;
    if (row.low.has_value()) range.set_low(*row.low);
    if (row.high.has_value()) range.set_high(*row.high);
    range.set_unit(std::string(info.unit));
    range.set_population(std::string(row.population));
    range.set_source(std::string(row.source));
    range.set_caution(std::string(row.caution));
    return range;
  }
  return absl::OutOfRangeError(
      absl::StrCat("there is no reference range of ", std::string(info.name), " for an age of ",
                   age_years, " years: the table holds adults of ", kAdultFrom, " years and more"));
}

Grade GradeOf(Analyte analyte, double value, const ReferenceRange& range) {
  const int grade = GradeNumber(analyte, value, range.low(), range.high());
  if (grade == 0) return {};
  return {.grade = grade, .source = analyte == PROTHROMBIN_TIME ? kPugh : kCtcae};
}

Flag FlagOf(double value, const ReferenceRange& range) {
  if (range.has_low() && value < range.low()) return LOW;
  if (range.has_high() && value > range.high()) return HIGH;
  return IN_RANGE;
}

}  // namespace lab_interpretation
