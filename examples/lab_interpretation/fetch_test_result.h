#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_FETCH_TEST_RESULT_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_FETCH_TEST_RESULT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_repository.h"
#include "protograph/exec_ctx.h"

namespace lab_interpretation {

// Step: the visit that the caller names.
class FetchTestResult {
 public:
  explicit FetchTestResult(std::shared_ptr<const LabRepository> repository);

  // InvalidArgument for an id that can name no visit; else what the repository answers.
  absl::StatusOr<RawTestResult> Compute(protograph::ExecCtx& ctx, const TestId& id) const;

 private:
  std::shared_ptr<const LabRepository> repository_;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_FETCH_TEST_RESULT_H_
