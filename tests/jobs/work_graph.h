#ifndef PROTOGRAPH_TESTS_JOBS_WORK_GRAPH_H_
#define PROTOGRAPH_TESTS_JOBS_WORK_GRAPH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/wrappers.pb.h"
#include "protograph/protograph.h"

namespace protograph::tests {

// Does what the job says, so that a test decides how long that takes:
//
//   a text                counts its letters
//   "wait FILE"           says so in FILE.started and waits for FILE, or until it is asked to stop
//   "ignore FILE"         the same, but does not listen
//
// The messages are protobuf's own, as each library that has others must be the only one.
class Work {
 public:
  absl::StatusOr<google::protobuf::Int64Value> Compute(
      ExecCtx& ctx, const google::protobuf::StringValue& what) const;
};

// "work", of this step.
absl::StatusOr<Graph> MakeWorkGraph();

// Factories that make nothing.
absl::StatusOr<Graph> FailToMakeGraph();
absl::StatusOr<std::vector<Graph>> ThrowInsteadOfGraphs();
absl::StatusOr<std::vector<Graph>> MakeNoGraph();

}  // namespace protograph::tests

#endif  // PROTOGRAPH_TESTS_JOBS_WORK_GRAPH_H_
