#ifndef PROTOGRAPH_SRC_GRAPH_MAP_GROUPS_H_
#define PROTOGRAPH_SRC_GRAPH_MAP_GROUPS_H_

#include <vector>

#include "graph/core.h"
#include "graph/plan.h"

namespace protograph::internal {

// Finds out which of the plan's steps run together, item by item, and has those follow each other.
// `plan` has its steps in topological order, and keeps them so. `given`: by slot, whether the
// caller brings it.
void GroupMaps(const GraphCore& core, const std::vector<bool>& given, Plan& plan);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_MAP_GROUPS_H_
