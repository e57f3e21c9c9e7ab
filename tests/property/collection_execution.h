#ifndef PROTOGRAPH_TESTS_PROPERTY_COLLECTION_EXECUTION_H_
#define PROTOGRAPH_TESTS_PROPERTY_COLLECTION_EXECUTION_H_

#include "collection_case.h"
#include "collection_graph.h"

namespace protograph::property {

// Executes a call while things go wrong, and compares what comes of it with what may come of it.
// Faults go to graph.complaints().
void ExecuteAndCheck(CollectionGraph& graph, const PlannedCollectionCall& call,
                     const CollectionTrouble& trouble);

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_COLLECTION_EXECUTION_H_
