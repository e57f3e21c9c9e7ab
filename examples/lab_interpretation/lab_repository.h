#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_REPOSITORY_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_REPOSITORY_H_

// Where laboratory results are kept: the only thing that the steps know of the outside world.

#include <vector>

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// Implementations may be called by several threads at once. A failure that may pass (a connection
// lost) is Unavailable, which the graph retries.
class LabRepository {
 public:
  virtual ~LabRepository() = default;

  // The visit named by `id`. NotFound, naming what there is instead, where there is none.
  virtual absl::StatusOr<RawTestResult> FetchResult(const TestId& id) const = 0;

  // The patient's visits on days before `id.day`, oldest first; empty where there are none.
  virtual absl::StatusOr<std::vector<RawTestResult>> FetchResultsBefore(const TestId& id) const = 0;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_REPOSITORY_H_
