#include "compare_to_baseline.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analytes.h"
#include "statistics.h"
#include "visit.h"

namespace lab_interpretation {
namespace {

constexpr std::size_t kMinBaselineValues = 3;
constexpr double kMaxBaselineZ = 3.5;
constexpr std::size_t kMinTrendValues = 5;
constexpr double kTrendLevel = 0.05;

// One analyte over time, oldest first; values as natural logarithms.
struct Series {
  std::vector<double> years;
  std::vector<double> logs;
  int last_day = 0;
  double last_value = 0;

  void Add(int day, double value) {
    years.push_back(day / kDaysPerYear);
    logs.push_back(std::log(value));
    last_day = day;
    last_value = value;
  }
};

absl::StatusOr<Series> EarlierValues(const PatientHistory& history, const AnalyteInfo& info) {
  Series series;
  for (const RawTestResult& visit : history.earlier()) {
    const absl::StatusOr<std::optional<double>> value = MeasuredValue(visit, info);
    if (!value.ok()) return value.status();
    if (value->has_value()) series.Add(visit.id().day(), **value);
  }
  return series;
}

// Collects what the statistics say. +1: a rise, -1: a fall, 0: no more than chance.
class CourseVotes {
 public:
  void Add(double direction, bool harm_is_rising) {
    if (direction == 0) return;
    ((direction > 0) == harm_is_rising ? worse_ : better_) = true;
  }

  Course Result() const {
    if (worse_ && better_) return MIXED;
    if (worse_) return WORSENING;
    return better_ ? IMPROVING : STABLE;
  }

 private:
  bool worse_ = false;
  bool better_ = false;
};

double SignIf(bool significant, double value) {
  if (!significant) return 0;
  return value > 0 ? 1 : -1;
}

// Change since the last value against the reference change value. Returns its direction.
double CompareToLast(const AnalyteInfo& info, const Series& earlier, double log_now,
                     AnalyteTrend& out) {
  const double change = log_now - earlier.logs.back();
  const double relative = std::expm1(change);
  const ReferenceChange limit = ReferenceChangeValue(info.within_person_cv, AnalyticalCv(info));
  out.set_previous_value(earlier.last_value);
  out.set_previous_day(earlier.last_day);
  out.set_change_percent(100 * relative);
  out.set_rcv_rise_percent(100 * limit.rise);
  out.set_rcv_fall_percent(100 * limit.fall);
  out.set_exceeds_rcv(relative > limit.rise || relative < limit.fall);
  return SignIf(out.exceeds_rcv(), change);
}

// Distance from the patient's own baseline. Returns its direction.
double CompareToOwnBaseline(const AnalyteInfo& info, const Series& earlier, double log_now,
                            AnalyteTrend& out) {
  if (earlier.logs.size() < kMinBaselineValues) return 0;
  const double center = *Median(earlier.logs);
  const double least_spread =
      LogStandardDeviation(std::hypot(info.within_person_cv, AnalyticalCv(info)));
  const double spread = std::max(*ScaledMad(earlier.logs, center), least_spread);
  out.set_baseline_median(std::exp(center));
  out.set_baseline_z((log_now - center) / spread);
  out.set_outside_baseline(std::abs(out.baseline_z()) > kMaxBaselineZ);
  return SignIf(out.outside_baseline(), out.baseline_z());
}

// Trend over all values with this one. Returns its direction.
double FindTrend(const Series& all, AnalyteTrend& out) {
  if (all.logs.size() < kMinTrendValues) return 0;
  const MannKendallTest test = MannKendall(all.logs);
  out.set_mann_kendall_s(test.s);
  out.set_trend_p_value(test.p_value);
  out.set_significant_trend(test.p_value < kTrendLevel);
  if (const std::optional<double> slope = TheilSenSlope(all.years, all.logs)) {
    out.set_slope_percent_per_year(100 * std::expm1(*slope));
  }
  return SignIf(out.significant_trend(), test.s);
}

}  // namespace

absl::StatusOr<TrendAnalysis> CompareToBaseline::Compute(protograph::ExecCtx&,
                                                         const NormalizedResult& normalized,
                                                         const PatientHistory& history) const {
  const absl::Status same = CheckSameVisit(normalized.id(), history.visit(), "history");
  if (!same.ok()) return same;

  TrendAnalysis analysis;
  *analysis.mutable_id() = normalized.id();
  analysis.set_earlier_visits(history.earlier_size());
  if (history.earlier_size() > 0) {
    analysis.set_span_days(normalized.id().day() - history.earlier(0).id().day());
  }
  analysis.set_disclaimer(std::string(kDisclaimer));

  for (const NormalizedValue& now : normalized.values()) {
    const AnalyteInfo* info = FindAnalyte(now.analyte());
    if (info == nullptr || (now.has_value() && !(now.value() > 0))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the result of ", ToText(normalized.id()), " holds analyte ", Analyte_Name(now.analyte()),
          " with value ", now.value(), ": a known analyte with a positive value is needed"));
    }
    absl::StatusOr<Series> series = EarlierValues(history, *info);
    if (!series.ok()) return series.status();

    AnalyteTrend& out = *analysis.add_trends();
    out.set_analyte(now.analyte());
    out.set_earlier_values(static_cast<int>(series->logs.size()));
    if (!now.has_value() || series->logs.empty()) continue;

    const double log_now = std::log(now.value());
    CourseVotes votes;
    votes.Add(CompareToLast(*info, *series, log_now, out), info->harm_is_rising);
    votes.Add(CompareToOwnBaseline(*info, *series, log_now, out), info->harm_is_rising);
    series->Add(normalized.id().day(), now.value());
    votes.Add(FindTrend(*series, out), info->harm_is_rising);
    out.set_course(votes.Result());
  }
  return analysis;
}

}  // namespace lab_interpretation
