#ifndef PROTOGRAPH_SRC_GRAPH_FAILURE_H_
#define PROTOGRAPH_SRC_GRAPH_FAILURE_H_

// The words of statuses: what a step says with its error, and what Execute makes of it.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "graph/core.h"
#include "protograph/failure.pb.h"

namespace protograph::internal {

// What the step said with RetryAfter or DoNotRetry.
std::optional<RetryHint> HintOf(const absl::Status& error);

struct FailedItem {
  size_t index;
  int attempts;
  std::string error;
};

// Of a step that runs once for each item.
struct FailedItems {
  size_t total = 0;
  size_t failed = 0;
  size_t not_run = 0;
  // How many may fail; nothing where not even one may.
  std::optional<size_t> tolerated;
  // Those of the smallest numbers, in order.
  std::vector<FailedItem> first;
};

// Everything that is known about a step that will not be tried again.
struct FailedStep {
  const StepInfo* step;
  int attempts = 0;
  std::vector<absl::Duration> waits;
  // Ok where the step was never tried.
  absl::Status last_error;
  StepFailure::GaveUp gave_up = StepFailure::GAVE_UP_UNSPECIFIED;
  // Then the above are of the first of them.
  std::optional<FailedItems> items = std::nullopt;
};

// What Execute returns. Keeps the code and the payloads of the last error.
absl::Status ToStatus(const FailedStep& failed, const GraphCore& core, const Plan& plan);

// What later steps, and whoever reads the result, see of an item that has failed. Keeps the code
// and the payloads of the last error.
absl::Status ItemStatus(const FailedStep& failed);

// What Build returns for a graph with faults.
absl::Status ToStatus(const std::string& graph, const std::vector<std::string>& faults);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_FAILURE_H_
