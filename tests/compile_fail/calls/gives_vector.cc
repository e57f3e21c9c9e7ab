// A collection that is not the library's.
//
// expect: Protograph: an input of the graph is no protobuf message: pass messages, and give clients
//     and settings to GraphBuilder::Provide
// shows: InputIsNoMessage<vector<MovieId

#include "films.h"

void Wrong(const Graph& graph, ExecCtx& ctx, const std::vector<MovieId>& ids) {
  graph.Execute<Many<Movie>>(ctx, ids).IgnoreError();
}
