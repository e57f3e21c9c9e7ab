#include "analytes.h"

namespace lab_interpretation {

const AnalyteInfo* FindAnalyte(Analyte analyte) {
  for (const AnalyteInfo& info : kAnalytes) {
    if (info.analyte == analyte) return &info;
  }
  return nullptr;
}

double AnalyticalCv(const AnalyteInfo& info) { return info.within_person_cv / 2; }

std::optional<double> ValueOf(const RawTestResult& result, Analyte analyte) {
  switch (analyte) {
    case BILIRUBIN:
      if (result.has_bilirubin_mg_dl()) return result.bilirubin_mg_dl();
      break;
    case CHOLESTEROL:
      if (result.has_cholesterol_mg_dl()) return result.cholesterol_mg_dl();
      break;
    case ALBUMIN:
      if (result.has_albumin_g_dl()) return result.albumin_g_dl();
      break;
    case ALKALINE_PHOSPHATASE:
      if (result.has_alkaline_phosphatase_u_l()) return result.alkaline_phosphatase_u_l();
      break;
    case AST:
      if (result.has_ast_u_ml()) return result.ast_u_ml();
      break;
    case PLATELETS:
      if (result.has_platelets_10e9_l()) return result.platelets_10e9_l();
      break;
    case PROTHROMBIN_TIME:
      if (result.has_prothrombin_time_s()) return result.prothrombin_time_s();
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace lab_interpretation
