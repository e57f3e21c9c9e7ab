#include "report.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analytes.h"
#include "visit.h"
#include "wording.h"

namespace lab_interpretation {
namespace {

std::string FlagText(Flag flag) {
  switch (flag) {
    case LOW:
      return "LOW";
    case HIGH:
      return "HIGH";
    default:
      return "";
  }
}

std::string SexText(Sex sex) {
  switch (sex) {
    case FEMALE:
      return "woman";
    case MALE:
      return "man";
    default:
      return "sex not recorded";
  }
}

// Sources in the order of their first use, so that a line can name one by its number.
class SourceList {
 public:
  // 1 for the first source.
  int Number(const std::string& source) {
    const auto found = std::find(sources_.begin(), sources_.end(), source);
    if (found != sources_.end()) return static_cast<int>(found - sources_.begin()) + 1;
    sources_.push_back(source);
    return static_cast<int>(sources_.size());
  }

  const std::vector<std::string>& sources() const { return sources_; }

 private:
  std::vector<std::string> sources_;
};

std::string Row(const std::string& name, const std::string& value, const std::string& flag,
                const std::string& grade, const std::string& range, const std::string& course) {
  return absl::StrFormat("  %-21s %-16s %-5s %-6s %-29s %s\n", name, value, flag, grade, range,
                         course);
}

void AppendValues(const NormalizedResult& normalized, const TrendAnalysis& trends,
                  SourceList& sources, std::string* out) {
  absl::StrAppend(out, Row("Value", "", "flag", "grade", "reference range [source]", "own course"));
  for (int i = 0; i < normalized.values_size(); ++i) {
    const NormalizedValue& value = normalized.values(i);
    const AnalyteInfo* info = FindAnalyte(value.analyte());
    if (info == nullptr) continue;
    const std::string measured = value.has_value()
                                     ? absl::StrCat(value.value(), " ", std::string(info->unit))
                                     : std::string("not measured");
    std::string grade;
    if (value.grade() > 0) {
      grade = absl::StrCat(value.grade(), " [", sources.Number(value.grade_source()), "]");
    }
    const std::string range =
        absl::StrCat(RangeText(value.range()), " [", sources.Number(value.range().source()), "]");
    const std::string course =
        i < trends.trends_size() ? CourseText(trends.trends(i).course()) : std::string();
    absl::StrAppend(
        out, Row(std::string(info->name), measured, FlagText(value.flag()), grade, range, course));
  }
}

void AppendTrends(const NormalizedResult& normalized, const TrendAnalysis& trends,
                  std::string* out) {
  absl::StrAppend(out, "\nAgainst the patient's own past (", trends.earlier_visits(),
                  trends.earlier_visits() == 1 ? " earlier visit" : " earlier visits");
  if (trends.earlier_visits() > 0) {
    absl::StrAppend(out, ", first one ", trends.span_days(), " days before");
  }
  absl::StrAppend(out, ")\n");
  for (const AnalyteTrend& trend : trends.trends()) {
    const AnalyteInfo* info = FindAnalyte(trend.analyte());
    if (info == nullptr || trend.earlier_values() == 0) continue;
    std::string text = TrendText(trend);
    if (!trend.has_change_percent()) {
      for (const NormalizedValue& value : normalized.values()) {
        if (value.analyte() == trend.analyte()) text = ValueText(*info, value);
      }
    }
    absl::StrAppend(out, absl::StrFormat("  %-21s %s\n", std::string(info->name), text));
  }
}

}  // namespace

std::string VisitReport(const NormalizedResult& normalized, const TrendAnalysis& trends,
                        const Interpretation& interpretation) {
  SourceList sources;
  std::string out =
      absl::StrCat("Visit of ", ToText(normalized.id()), ": ", SexText(normalized.sex()),
                   absl::StrFormat(" of %.1f years\n", normalized.age_years()),
                   interpretation.disclaimer(), "\n\n");
  AppendValues(normalized, trends, sources, &out);
  AppendTrends(normalized, trends, &out);

  absl::StrAppend(&out, "\nInterpretation: ", SignificanceText(interpretation.significance()),
                  "\n  ", interpretation.summary(), "\n");
  for (const Finding& finding : interpretation.findings()) {
    absl::StrAppend(&out, "  - ", finding.text(), "\n");
  }
  if (interpretation.has_mayo_risk_score()) {
    absl::StrAppend(&out,
                    absl::StrFormat("  Mayo risk score %.2f, higher is worse (Dickson et al., "
                                    "Hepatology 1989;10:1-7)\n",
                                    interpretation.mayo_risk_score()));
  }
  absl::StrAppend(&out, "\nWhat a clinician might consider\n");
  for (const std::string& advice : interpretation.recommendations()) {
    absl::StrAppend(&out, "  - ", advice, "\n");
  }

  absl::StrAppend(&out, "\nSources\n");
  for (size_t i = 0; i < sources.sources().size(); ++i) {
    absl::StrAppend(&out, "  [", i + 1, "] ", sources.sources()[i], "\n");
  }
  absl::StrAppend(&out, "\nTo be kept in mind\n");
  for (const NormalizedValue& value : normalized.values()) {
    const AnalyteInfo* info = FindAnalyte(value.analyte());
    if (info == nullptr || value.range().caution().empty()) continue;
    absl::StrAppend(&out, "  ", std::string(info->name), ": ", value.range().caution(), "\n");
  }
  return out;
}

std::string PatientReport(const PatientSummary& summary) {
  std::string out = absl::StrFormat(
      "Patient %d: %d %s over %d days\n%s\n\n", summary.id().patient(), summary.visits_size(),
      summary.visits_size() == 1 ? "visit" : "visits", summary.span_days(), summary.disclaimer());
  absl::StrAppend(&out, absl::StrFormat("  %6s  %-16s %s\n", "Day", "significance", "risk score"));
  for (const VisitLine& visit : summary.visits()) {
    absl::StrAppend(&out, absl::StrFormat("  %6d  %-16s %s\n", visit.day(),
                                          SignificanceText(visit.significance()),
                                          visit.has_mayo_risk_score()
                                              ? absl::StrFormat("%10.2f", visit.mayo_risk_score())
                                              : std::string("         -")));
  }
  if (summary.visits_size() > 0) {
    absl::StrAppend(&out, "\nGravest: ", SignificanceText(summary.gravest()), ", first on day ",
                    summary.gravest_day(), "\n");
  }
  if (summary.has_mayo_risk_score_change()) {
    absl::StrAppend(&out, absl::StrFormat("Mayo risk score: %+.2f from the first visit that has "
                                          "one to the last; higher is worse\n",
                                          summary.mayo_risk_score_change()));
  }

  absl::StrAppend(&out, absl::StrFormat("\n  %-21s %8s %13s %9s %12s\n", "Value", "findings",
                                        "highest grade", "worsening", "not measured"));
  for (const AnalyteLine& line : summary.analytes()) {
    const AnalyteInfo* info = FindAnalyte(line.analyte());
    if (info == nullptr) continue;
    absl::StrAppend(&out, absl::StrFormat("  %-21s %8d %13d %9d %12d\n", std::string(info->name),
                                          line.visits_with_finding(), line.highest_grade(),
                                          line.visits_worsening(), line.visits_missing()));
  }
  return out;
}

}  // namespace lab_interpretation
