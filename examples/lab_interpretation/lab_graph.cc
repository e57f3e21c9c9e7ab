#include "lab_graph.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace lab_interpretation {

protograph::RetryPolicy ReadingRetry() {
  return protograph::RetryPolicy::ExponentialJitter({.attempts = 3, .base = absl::Milliseconds(20)})
      .RetryingOn({absl::StatusCode::kUnavailable});
}

absl::StatusOr<LabGraph> MakeLabGraph(std::shared_ptr<const LabRepository> repository) {
  return LabGraph::Builder("lab_interpretation")
      .Provide(std::move(repository))
      .Configure<FetchTestResult>({.retry = ReadingRetry()})
      .Configure<FetchPatientHistory>({.retry = ReadingRetry()})
      .Build();
}

}  // namespace lab_interpretation
