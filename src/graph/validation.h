#ifndef PROTOGRAPH_SRC_GRAPH_VALIDATION_H_
#define PROTOGRAPH_SRC_GRAPH_VALIDATION_H_

// Finds everything that is wrong with the parts of a graph.

#include <string>
#include <vector>

#include "protograph/internal/graph_core.h"

namespace protograph::internal {

// Fills in names that are left to the library, and finds faults: one sentence each, with its
// remedy. In a stable order: by kind, and in a kind by the order in which the parts were added.
std::vector<std::string> NameAndValidate(GraphParts& parts);

// The step numbers in an order in which each step comes after those it needs; of those that are
// free, the one that was added first. Steps that lie on a cycle, or need one, are missing.
std::vector<size_t> TopologicalOrder(const std::vector<StepDefinition>& steps);

// Makes the steps whose constructor arguments come from Provide. Faults as above: a constructor
// that throws. Only after validation has found none.
std::vector<std::string> MakeSteps(GraphParts& parts);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_VALIDATION_H_
