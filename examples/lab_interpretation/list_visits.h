#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LIST_VISITS_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LIST_VISITS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_interpretation/patient_summary.pb.h"
#include "lab_repository.h"
#include "protograph/exec_ctx.h"
#include "protograph/many.h"

namespace lab_interpretation {

// Step: splits a patient's record into the visits, oldest first.
class ListVisits {
 public:
  explicit ListVisits(std::shared_ptr<const LabRepository> repository);

  // InvalidArgument for an id that can name no patient; else what the repository answers.
  absl::StatusOr<protograph::Many<RawTestResult>> Compute(protograph::ExecCtx& ctx,
                                                          const PatientId& id) const;

 private:
  std::shared_ptr<const LabRepository> repository_;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LIST_VISITS_H_
