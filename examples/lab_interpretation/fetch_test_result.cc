#include "fetch_test_result.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lab_interpretation {

FetchTestResult::FetchTestResult(std::shared_ptr<const LabRepository> repository)
    : repository_(std::move(repository)) {}

absl::StatusOr<RawTestResult> FetchTestResult::Compute(protograph::ExecCtx&,
                                                       const TestId& id) const {
  if (id.patient() < 1 || id.day() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("no visit can have patient ", id.patient(),
                                                   " and day ", id.day(),
                                                   ": patients count from 1, days from 0"));
  }
  return repository_->FetchResult(id);
}

}  // namespace lab_interpretation
