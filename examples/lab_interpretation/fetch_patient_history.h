#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_FETCH_PATIENT_HISTORY_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_FETCH_PATIENT_HISTORY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_repository.h"
#include "protograph/exec_ctx.h"

namespace lab_interpretation {

// Step: what was known about the patient before this visit. Later visits are not looked at, so that
// a visit is judged as it could have been judged on its day.
class FetchPatientHistory {
 public:
  explicit FetchPatientHistory(std::shared_ptr<const LabRepository> repository);

  // Internal where the repository answers with another patient's visit, with one that is not
  // earlier, or out of order.
  absl::StatusOr<PatientHistory> Compute(protograph::ExecCtx& ctx,
                                         const RawTestResult& result) const;

 private:
  std::shared_ptr<const LabRepository> repository_;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_FETCH_PATIENT_HISTORY_H_
