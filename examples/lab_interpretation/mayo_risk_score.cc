#include "mayo_risk_score.h"

#include <cmath>

namespace lab_interpretation {

std::optional<double> MayoRiskScore(const RawTestResult& result, double age_years) {
  if (!result.has_bilirubin_mg_dl() || !result.has_albumin_g_dl() ||
      !result.has_prothrombin_time_s() || !result.has_edema()) {
    return std::nullopt;
  }
  return 0.039 * age_years + 0.871 * std::log(result.bilirubin_mg_dl()) -
         2.53 * std::log(result.albumin_g_dl()) + 2.38 * std::log(result.prothrombin_time_s()) +
         0.859 * result.edema();
}

}  // namespace lab_interpretation
