#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_BATCH_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_BATCH_H_

// Many visits through the graph, and what came of them.

#include <iosfwd>
#include <map>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lab_graph.h"
#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

struct FailureCount {
  int visits = 0;
  std::string example;  // the message of the first
};

struct BatchSummary {
  int visits = 0;
  absl::Duration elapsed;
  std::map<Significance, int> by_significance;
  std::map<Analyte, int> missing;
  // By failed step and status code, such as "FetchTestResult: UNAVAILABLE".
  std::map<std::string, FailureCount> failures;

  int failed() const;
};

// Interprets each visit in turn. A visit that fails is counted and does not stop the others. Where
// `jsonl` is not null, each interpretation is written to it as one line of JSON; DataLoss where
// that fails.
absl::StatusOr<BatchSummary> InterpretAll(const LabGraph& graph, std::span<const TestId> visits,
                                          std::ostream* jsonl);

std::string ToText(const BatchSummary& summary);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_BATCH_H_
