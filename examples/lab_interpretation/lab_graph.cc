#include "lab_graph.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace lab_interpretation {

absl::StatusOr<LabGraph> MakeLabGraph(std::shared_ptr<const LabRepository> repository) {
  const protograph::RetryPolicy retry =
      protograph::RetryPolicy::ExponentialJitter({.attempts = 3, .base = absl::Milliseconds(20)})
          .RetryingOn({absl::StatusCode::kUnavailable});
  return LabGraph::Builder("lab_interpretation")
      .Provide(std::move(repository))
      .Configure<FetchTestResult>({.retry = retry})
      .Configure<FetchPatientHistory>({.retry = retry})
      .Build();
}

}  // namespace lab_interpretation
