#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_MAYO_RISK_SCORE_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_MAYO_RISK_SCORE_H_

#include <optional>

#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// Risk score of the Mayo natural history model of primary biliary cirrhosis,
//   R = 0.039 age + 0.871 ln(bilirubin) - 2.53 ln(albumin) + 2.38 ln(prothrombin time) + 0.859
//   oedema
// (Dickson et al., Hepatology 1989;10:1-7). It was made from the entry visits of this very trial;
// at later visits it is the way the score is used, not the way it was fitted. No survival is
// derived from it. Nothing where an input is missing.
std::optional<double> MayoRiskScore(const RawTestResult& result, double age_years);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_MAYO_RISK_SCORE_H_
