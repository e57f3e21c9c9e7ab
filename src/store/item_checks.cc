#include "store/item_checks.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "store/job_checks.h"

namespace protograph::internal {
namespace {

constexpr size_t kKeyDigits = 32;
// Of attempts and of items: what columns of Postgres hold.
constexpr int kMostAttempt = std::numeric_limits<int16_t>::max();
constexpr int64_t kMostItems = std::numeric_limits<int32_t>::max();

bool IsLowerCaseDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool IsLowerCaseUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_hyphen_due = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen_due ? text[i] != '-' : !IsLowerCaseDigit(text[i])) return false;
  }
  return true;
}

bool IsKey(std::string_view text) {
  if (text.size() != kKeyDigits) return false;
  for (char c : text) {
    if (!IsLowerCaseDigit(c)) return false;
  }
  return true;
}

std::string FaultOfId(std::string_view what, std::string_view id) {
  if (IsLowerCaseUuid(id)) return "";
  return fmt::format("{} is \"{}\": it must be a UUID in lower case", what, Shown(id));
}

std::string FaultOfSize(std::string_view what, size_t bytes) {
  if (bytes <= kLargestPayload) return "";
  return fmt::format("{} have {} bytes: at most {} are allowed", what, bytes, kLargestPayload);
}

std::string FaultOfAll(size_t bytes) {
  if (bytes <= kMostHandedOver) return "";
  return fmt::format("they have {} bytes together: at most {} are allowed in one call", bytes,
                     kMostHandedOver);
}

std::string FaultOfField(std::string_view field, std::string_view fault) {
  return fault.empty() ? "" : fmt::format("its {} {}", field, fault);
}

// Of one batch and of the id before it.
std::string FaultOfBatch(const ItemBatch& batch, std::string_view id_before) {
  if (std::string fault = FaultOfId("the id of a batch", batch.job_id); !fault.empty()) {
    return fault;
  }
  if (batch.job_id <= id_before) {
    return fmt::format("batch {} comes after {}: they must be in the order of their ids",
                       batch.job_id, id_before);
  }
  if (batch.items < 1 || batch.items > kMostItems) {
    return fmt::format("batch {} has {} items: it must have from 1 to {}", batch.job_id,
                       batch.items, kMostItems);
  }
  return FaultOfSize(fmt::format("the inputs of batch {}", batch.job_id), batch.inputs.size());
}

std::string FaultOfFanOut(const FanOut& fan_out) {
  std::string fault = FaultOfId("the parent's id", fan_out.parent.job_id);
  if (fault.empty() && !IsKey(fan_out.key)) {
    fault = fmt::format("its key is \"{}\": it must be {} hexadecimal digits in lower case",
                        Shown(fan_out.key), kKeyDigits);
  }
  if (fault.empty()) fault = FaultOfField("step", FaultOfName(fan_out.step));
  if (fault.empty()) fault = FaultOfField("output_type", FaultOfName(fan_out.output_type));
  if (fault.empty() && (fan_out.attempt < 1 || fan_out.attempt > kMostAttempt)) {
    fault =
        fmt::format("its attempt is {}: it must be from 1 to {}", fan_out.attempt, kMostAttempt);
  }
  if (fault.empty()) fault = FaultOfSize("its shared inputs", fan_out.shared_inputs.size());
  size_t bytes = fan_out.shared_inputs.size();
  std::string_view id_before;
  for (const ItemBatch& batch : fan_out.batches) {
    if (!fault.empty()) return fault;
    fault = FaultOfBatch(batch, id_before);
    id_before = batch.job_id;
    bytes += batch.inputs.size();
  }
  return fault.empty() ? FaultOfAll(bytes) : fault;
}

std::string FaultOfResults(std::span<const ItemBatchResult> results) {
  size_t bytes = 0;
  for (const ItemBatchResult& result : results) {
    std::string fault = FaultOfId("the id of a batch", result.child.job_id);
    if (fault.empty()) {
      fault = FaultOfSize(fmt::format("the results of batch {}", result.child.job_id),
                          result.results.size());
    }
    if (!fault.empty()) return fault;
    if (result.failed < 0 || result.failed > result.done || result.done > kMostItems) {
      return fmt::format("batch {} cannot be done with {} items of which {} have failed",
                         result.child.job_id, result.done, result.failed);
    }
    bytes += result.results.size();
  }
  return FaultOfAll(bytes);
}

}  // namespace

absl::Status CheckFanOut(const FanOut& fan_out) {
  const std::string fault = FaultOfFanOut(fan_out);
  if (fault.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("job {} cannot hand items of {} over: {}",
                                                Shown(fan_out.parent.job_id), Shown(fan_out.step),
                                                fault));
}

absl::Status CheckItemResults(std::span<const ItemBatchResult> results) {
  const std::string fault = FaultOfResults(results);
  if (fault.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("the results of {} batches cannot be stored: {}", results.size(), fault));
}

}  // namespace protograph::internal
