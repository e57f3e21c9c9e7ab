#include "wording.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lab_interpretation {

std::string RangeText(const ReferenceRange& range) {
  if (range.has_low() && range.has_high()) {
    return absl::StrCat(range.low(), " to ", range.high(), " ", range.unit());
  }
  if (range.has_high()) return absl::StrCat("up to ", range.high(), " ", range.unit());
  if (range.has_low()) return absl::StrCat("at least ", range.low(), " ", range.unit());
  return "no limits";
}

std::string ValueText(const AnalyteInfo& info, const NormalizedValue& value) {
  const std::string unit(info.unit);
  const ReferenceRange& range = value.range();
  const std::string grade =
      value.grade() > 0 ? absl::StrCat(" (grade ", value.grade(), ")") : std::string();
  switch (value.flag()) {
    case LOW:
      return absl::StrCat(value.value(), " ", unit,
                          absl::StrFormat(", %.2f times", value.multiple_of_limit()),
                          " the lower limit of ", range.low(), " ", unit, grade);
    case HIGH:
      return absl::StrCat(value.value(), " ", unit,
                          absl::StrFormat(", %.1f times", value.multiple_of_limit()),
                          " the upper limit of ", range.high(), " ", unit, grade);
    case IN_RANGE:
      return absl::StrCat(value.value(), " ", unit, ", in range");
    default:
      if (!value.has_last_known_value()) return "not measured";
      return absl::StrCat("not measured (last known ", value.last_known_value(), " ", unit,
                          ", day ", value.last_known_day(), ")");
  }
}

std::string TrendText(const AnalyteTrend& trend) {
  if (trend.earlier_values() == 0) return "no earlier value";
  if (!trend.has_change_percent()) return "nothing to compare";
  std::vector<std::string> parts;
  parts.push_back(absl::StrFormat("%+.0f%% since day %d (chance: %+.0f%% to %+.0f%%)",
                                  trend.change_percent(), trend.previous_day(),
                                  trend.rcv_fall_percent(), trend.rcv_rise_percent()));
  if (trend.has_baseline_z()) {
    parts.push_back(absl::StrFormat("%+.1f robust SD from the own baseline", trend.baseline_z()));
  }
  if (trend.has_trend_p_value()) {
    parts.push_back(absl::StrFormat("trend %+.0f%% a year (p = %.3g)",
                                    trend.slope_percent_per_year(), trend.trend_p_value()));
  }
  return absl::StrJoin(parts, ", ");
}

std::string CourseText(Course course) {
  switch (course) {
    case STABLE:
      return "stable";
    case WORSENING:
      return "worsening";
    case IMPROVING:
      return "improving";
    case MIXED:
      return "mixed";
    default:
      return "unknown";
  }
}

std::string SignificanceText(Significance significance) {
  switch (significance) {
    case NOT_ASSESSABLE:
      return "not assessable";
    case UNREMARKABLE:
      return "unremarkable";
    case FOLLOW_UP:
      return "follow-up";
    case SIGNIFICANT:
      return "significant";
    case CRITICAL:
      return "critical";
    default:
      return "unknown";
  }
}

}  // namespace lab_interpretation
