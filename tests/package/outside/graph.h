#ifndef OUTSIDE_GRAPH_H_
#define OUTSIDE_GRAPH_H_

#include "absl/status/statusor.h"
#include "protograph/protograph.h"

namespace outside {

// What protograph-worker loads.
absl::StatusOr<protograph::Graph> MakeGraph();

}  // namespace outside

#endif  // OUTSIDE_GRAPH_H_
