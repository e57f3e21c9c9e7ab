#include "normalize_values.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "analytes.h"
#include "mayo_risk_score.h"
#include "reference_ranges.h"
#include "visit.h"

namespace lab_interpretation {
namespace {

// A range holds the central 95% of healthy people: 2 * 1.96 standard deviations.
constexpr double kRangeWidthInSigmas = 3.919927969080108;

// Standard deviations of `value` from the middle of the range; nothing for a range with one limit.
std::optional<double> ReferenceZ(const AnalyteInfo& info, double value,
                                 const ReferenceRange& range) {
  if (!range.has_low() || !range.has_high()) return std::nullopt;
  const auto scale = [&info](double x) { return info.skewed ? std::log(x) : x; };
  const double low = scale(range.low());
  const double high = scale(range.high());
  return (scale(value) - (low + high) / 2) / ((high - low) / kRangeWidthInSigmas);
}

void AddMeasured(const AnalyteInfo& info, double value, NormalizedValue& out) {
  const ReferenceRange& range = out.range();
  out.set_value(value);
  out.set_flag(FlagOf(value, range));
  if (out.flag() == LOW) out.set_multiple_of_limit(value / range.low());
  if (out.flag() == HIGH) out.set_multiple_of_limit(value / range.high());
  if (const std::optional<double> z = ReferenceZ(info, value, range)) out.set_reference_z(*z);
  const Grade grade = GradeOf(info.analyte, value, range);
  out.set_grade(grade.grade);
  out.set_grade_source(std::string(grade.source));
}

void AddMissing(const AnalyteInfo& info, const PatientHistory& history, NormalizedValue& out) {
  out.set_flag(MISSING);
  for (int i = history.earlier_size() - 1; i >= 0; --i) {
    const RawTestResult& visit = history.earlier(i);
    if (const std::optional<double> value = ValueOf(visit, info.analyte)) {
      out.set_last_known_value(*value);
      out.set_last_known_day(visit.id().day());
      return;
    }
  }
}

}  // namespace

absl::StatusOr<NormalizedResult> NormalizeValues::Compute(protograph::ExecCtx&,
                                                          const RawTestResult& result,
                                                          const PatientHistory& history) const {
  const absl::Status same = CheckSameVisit(result.id(), history.visit(), "history");
  if (!same.ok()) return same;

  NormalizedResult normalized;
  *normalized.mutable_id() = result.id();
  normalized.set_sex(result.sex());
  normalized.set_age_years(result.age_at_entry_years() + result.id().day() / kDaysPerYear);
  normalized.set_disclaimer(std::string(kDisclaimer));

  for (const AnalyteInfo& info : kAnalytes) {
    absl::StatusOr<ReferenceRange> range =
        ReferenceRangeFor(info, normalized.sex(), normalized.age_years());
    if (!range.ok()) return range.status();
    NormalizedValue& out = *normalized.add_values();
    out.set_analyte(info.analyte);
    *out.mutable_range() = *std::move(range);

    const absl::StatusOr<std::optional<double>> value = MeasuredValue(result, info);
    if (!value.ok()) return value.status();
    if (value->has_value()) {
      AddMeasured(info, **value, out);
    } else {
      AddMissing(info, history, out);
    }
  }

  if (const std::optional<double> score = MayoRiskScore(result, normalized.age_years())) {
    normalized.set_mayo_risk_score(*score);
  }
  if (result.has_ascites()) normalized.set_ascites(result.ascites());
  if (result.has_edema()) normalized.set_edema(result.edema());
  return normalized;
}

}  // namespace lab_interpretation
