#include "protograph/store/store.h"

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "fmt/format.h"

namespace protograph {
namespace {

constexpr size_t kLongestWorkflowId = 1024;

// Well-formed UTF-8 (Unicode 15, table 3-7).
bool IsUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(i);
    size_t length = 0;
    unsigned char lowest = 0x80;
    unsigned char highest = 0xBF;
    if (lead < 0x80) {
      length = 1;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      if (lead == 0xE0) lowest = 0xA0;
      if (lead == 0xED) highest = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      if (lead == 0xF0) lowest = 0x90;
      if (lead == 0xF4) highest = 0x8F;
    }
    if (length == 0 || text.size() - i < length) return false;
    for (size_t k = 1; k < length; ++k) {
      if (byte(i + k) < lowest || byte(i + k) > highest) return false;
      lowest = 0x80;
      highest = 0xBF;
    }
    i += length;
  }
  return true;
}

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
  if (workflow_id.find('\0') != std::string_view::npos || !IsUtf8(workflow_id)) {
    return absl::InvalidArgumentError(
        "the workflow id is not UTF-8, or has a NUL character in it: encode it, in hexadecimal "
        "digits for example");
  }
  return absl::OkStatus();
}

}  // namespace protograph
