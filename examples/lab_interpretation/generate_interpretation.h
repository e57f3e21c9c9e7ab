#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_GENERATE_INTERPRETATION_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_GENERATE_INTERPRETATION_H_

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "protograph/exec_ctx.h"

namespace lab_interpretation {

// Step: what a visit means and what one might do next.
//
// Bilirubin, albumin, prothrombin time and platelets tell how the liver still works; alkaline
// phosphatase, AST and cholesterol are raised in almost everyone with the disease, and only the
// first kind carries prognosis in the Mayo model. So the two kinds weigh differently:
//
//   CRITICAL      function at grade 4, or at grade 3 and worsening
//   SIGNIFICANT   function at grade 2 or more, or abnormal and worsening; anything else at grade 2
//   or
//                 more and worsening
//   FOLLOW_UP     anything abnormal, worsening, or pointing both ways; or a part of the function
//                 not measured: what is missing is not taken to be healthy
//   UNREMARKABLE  none of these
//
// The first line that holds decides. These lines are this example's own; limits and tests behind
// the grades and courses are published ones.
class GenerateInterpretation {
 public:
  // InvalidArgument where the two are of different visits, or one of them misses an analyte that
  // the other has.
  absl::StatusOr<Interpretation> Compute(protograph::ExecCtx& ctx,
                                         const NormalizedResult& normalized,
                                         const TrendAnalysis& trends) const;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_GENERATE_INTERPRETATION_H_
