#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_SUMMARIZE_PATIENT_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_SUMMARIZE_PATIENT_H_

#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_interpretation/patient_summary.pb.h"
#include "protograph/exec_ctx.h"
#include "protograph/many.h"

namespace lab_interpretation {

// Step: sums up the interpretations of all visits of a patient, which come oldest first.
class SummarizePatient {
 public:
  PatientSummary Compute(protograph::ExecCtx& ctx, const PatientId& id,
                         const protograph::Many<Interpretation>& visits) const;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_SUMMARIZE_PATIENT_H_
