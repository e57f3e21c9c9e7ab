#include "protograph/store/store.h"

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "base/utf8.h"
#include "fmt/format.h"

namespace protograph {
namespace {

constexpr size_t kLongestWorkflowId = 1024;

}  // namespace

std::string_view ToString(ExecutionState state) {
  switch (state) {
    case ExecutionState::kRunning:
      return "running";
    case ExecutionState::kSucceeded:
      return "succeeded";
    case ExecutionState::kFailed:
      return "failed";
    case ExecutionState::kAbandoned:
      return "abandoned";
  }
  return "unknown";
}

absl::Status CheckWorkflowId(std::string_view workflow_id) {
  if (workflow_id.empty()) {
    return absl::InvalidArgumentError(
        "the workflow id is empty: give the execution an id that says which piece of work it is");
  }
  if (workflow_id.size() > kLongestWorkflowId) {
    return absl::InvalidArgumentError(fmt::format(
        "the workflow id has {} bytes: use one of at most {}, a digest of what you have "
        "for example",
        workflow_id.size(), kLongestWorkflowId));
  }
  if (!internal::IsUtf8WithoutNul(workflow_id)) {
    return absl::InvalidArgumentError(
        "the workflow id is not UTF-8, or has a NUL character in it: encode it, in hexadecimal "
        "digits for example");
  }
  return absl::OkStatus();
}

}  // namespace protograph
