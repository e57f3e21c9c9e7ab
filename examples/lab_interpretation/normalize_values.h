#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_NORMALIZE_VALUES_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_NORMALIZE_VALUES_H_

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "protograph/exec_ctx.h"

namespace lab_interpretation {

// Step: each value beside the reference range for the patient's sex and age at the visit.
//
// A value that was not measured stays missing: it gets the flag MISSING and, from the history, the
// last value known, which is shown and never used in its place.
class NormalizeValues {
 public:
  // InvalidArgument where a value is no positive number, the history is another visit's, or sex is
  // not given; OutOfRange where the patient is no adult.
  absl::StatusOr<NormalizedResult> Compute(protograph::ExecCtx& ctx, const RawTestResult& result,
                                           const PatientHistory& history) const;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_NORMALIZE_VALUES_H_
