#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_ANALYTES_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_ANALYTES_H_

// What the pipeline knows about each analyte, apart from its reference ranges.

#include <array>
#include <optional>
#include <string_view>

#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// Every output of the pipeline carries this sentence.
inline constexpr std::string_view kDisclaimer =
    "This is an example of a software library and no medical advice: do not decide about a patient "
    "by it.";

struct AnalyteInfo {
  Analyte analyte;
  std::string_view name;
  std::string_view unit;
  // The direction that harms in liver disease: rising, or else falling.
  bool harm_is_rising;
  // Tells of the liver's function (or, for platelets, of portal hypertension), not only of bile
  // that does not flow or of cells that die.
  bool tells_function;
  // Healthy people's values are skewed, so that a distance from the middle of the range makes sense
  // on the logarithmic scale only.
  bool skewed;
  // Variation from day to day within one healthy person, as a coefficient of variation: median of
  // the literature in the data base of Ricos et al. (Scand J Clin Lab Invest 1999;59:491-500),
  // edition of 2014, kept by Westgard QC.
  double within_person_cv;
};

// All of them, in the order of the enum.
inline constexpr std::array<AnalyteInfo, 7> kAnalytes = {{
    {BILIRUBIN, "bilirubin", "mg/dl", true, true, true, 0.218},
    {CHOLESTEROL, "cholesterol", "mg/dl", true, false, false, 0.0595},
    {ALBUMIN, "albumin", "g/dl", false, true, false, 0.032},
    {ALKALINE_PHOSPHATASE, "alkaline phosphatase", "U/l", true, false, true, 0.0645},
    {AST, "AST", "U/ml", true, false, true, 0.123},
    {PLATELETS, "platelets", "10^9/l", false, true, false, 0.091},
    {PROTHROMBIN_TIME, "prothrombin time", "s", true, true, false, 0.04},
}};

// The entry of kAnalytes for `analyte`; null for ANALYTE_UNSPECIFIED and what a newer writer may
// know.
const AnalyteInfo* FindAnalyte(Analyte analyte);

// Variation of the assay, as a coefficient of variation. That of the trial's laboratory is not on
// record; half of the variation within a person is what an assay should reach (Fraser et al., Ann
// Clin Biochem 1997;34:8-12).
double AnalyticalCv(const AnalyteInfo& info);

// The value of `analyte` at this visit; nothing where it was not measured.
std::optional<double> ValueOf(const RawTestResult& result, Analyte analyte);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_ANALYTES_H_
