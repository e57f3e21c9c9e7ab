#include "summarize_patient.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "analytes.h"

namespace lab_interpretation {

PatientSummary SummarizePatient::Compute(protograph::ExecCtx&, const PatientId& id,
                                         const protograph::Many<Interpretation>& visits) const {
  PatientSummary summary;
  *summary.mutable_id() = id;
  summary.set_disclaimer(std::string(kDisclaimer));

  std::map<Analyte, AnalyteLine> analytes;
  std::optional<double> first_score;
  for (const Interpretation& visit : visits) {
    VisitLine& line = *summary.add_visits();
    line.set_day(visit.id().day());
    line.set_significance(visit.significance());
    if (visit.significance() > summary.gravest()) {
      summary.set_gravest(visit.significance());
      summary.set_gravest_day(visit.id().day());
    }
    if (visit.has_mayo_risk_score()) {
      line.set_mayo_risk_score(visit.mayo_risk_score());
      if (first_score.has_value()) {
        summary.set_mayo_risk_score_change(visit.mayo_risk_score() - *first_score);
      } else {
        first_score = visit.mayo_risk_score();
      }
    }
    for (const Finding& finding : visit.findings()) {
      AnalyteLine& analyte = analytes[finding.analyte()];
      analyte.set_visits_with_finding(analyte.visits_with_finding() + 1);
      analyte.set_highest_grade(std::max(analyte.highest_grade(), finding.grade()));
      if (finding.course() == WORSENING)
        analyte.set_visits_worsening(analyte.visits_worsening() + 1);
    }
    for (const int missing : visit.missing()) {
      AnalyteLine& analyte = analytes[static_cast<Analyte>(missing)];
      analyte.set_visits_missing(analyte.visits_missing() + 1);
    }
  }
  if (summary.visits_size() > 0) {
    summary.set_span_days(summary.visits().rbegin()->day() - summary.visits(0).day());
  }
  for (auto& [analyte, line] : analytes) {
    line.set_analyte(analyte);
    *summary.add_analytes() = line;
  }
  return summary;
}

}  // namespace lab_interpretation
