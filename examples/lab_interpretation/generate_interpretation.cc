#include "generate_interpretation.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analytes.h"
#include "judgement.h"
#include "visit.h"

namespace lab_interpretation {
namespace {

// Pairs values and trends, which stand in the same order.
absl::StatusOr<std::vector<Evidence>> Pair(const NormalizedResult& normalized,
                                           const TrendAnalysis& trends) {
  std::vector<Evidence> evidence;
  for (int i = 0; i < normalized.values_size(); ++i) {
    const NormalizedValue& value = normalized.values(i);
    const AnalyteInfo* info = FindAnalyte(value.analyte());
    if (info == nullptr || i >= trends.trends_size() ||
        trends.trends(i).analyte() != value.analyte()) {
      return absl::InvalidArgumentError(absl::StrCat("the trend analysis of ",
                                                     ToText(normalized.id()), " has no entry for ",
                                                     Analyte_Name(value.analyte()), " in place ", i,
                                                     ": make it from the same normalized result"));
    }
    evidence.push_back({.info = info, .value = &value, .trend = &trends.trends(i)});
  }
  return evidence;
}

}  // namespace

absl::StatusOr<Interpretation> GenerateInterpretation::Compute(protograph::ExecCtx&,
                                                               const NormalizedResult& normalized,
                                                               const TrendAnalysis& trends) const {
  const absl::Status same = CheckSameVisit(normalized.id(), trends.id(), "trend analysis");
  if (!same.ok()) return same;
  const absl::StatusOr<std::vector<Evidence>> evidence = Pair(normalized, trends);
  if (!evidence.ok()) return evidence.status();

  Interpretation interpretation;
  *interpretation.mutable_id() = normalized.id();
  Judgement judgement = JudgeSignificance(*evidence);
  interpretation.set_significance(judgement.significance);
  interpretation.set_summary(std::move(judgement.reason));
  for (Finding& finding : ListFindings(*evidence)) {
    *interpretation.add_findings() = std::move(finding);
  }
  for (std::string& advice : Recommend(normalized, trends, *evidence)) {
    interpretation.add_recommendations(std::move(advice));
  }
  for (const Evidence& item : *evidence) {
    if (!item.measured()) interpretation.add_missing(item.info->analyte);
  }
  if (normalized.has_mayo_risk_score()) {
    interpretation.set_mayo_risk_score(normalized.mayo_risk_score());
  }
  interpretation.set_disclaimer(std::string(kDisclaimer));
  return interpretation;
}

}  // namespace lab_interpretation
