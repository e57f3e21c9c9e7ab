// A graph library's factory that makes something else.
//
// expect: Protograph: the FACTORY of a graph library must return an absl::StatusOr of a Graph, of a
//     StaticGraph or of a std::vector<Graph>
// shows: GraphFactoryReturns<int>

#include "films.h"
#include "protograph/jobs/graph_library.h"

void Wrong() { protograph::internal::GraphsOf(603).IgnoreError(); }
