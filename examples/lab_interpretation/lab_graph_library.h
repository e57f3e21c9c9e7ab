#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_GRAPH_LIBRARY_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_GRAPH_LIBRARY_H_

#include "absl/status/statusor.h"
#include "lab_graph.h"

namespace lab_interpretation {

// The graph for protograph-worker, which cannot be told what it is made with: the visits are those
// of the file that the environment's LAB_INTERPRETATION_DATA names, by default those of the
// examples.
absl::StatusOr<LabGraph> MakeLabGraphOfEnvironment();

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_GRAPH_LIBRARY_H_
