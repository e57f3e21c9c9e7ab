// A collection of something that is no message.
//
// expect: Protograph: Execute<O> is asked for a type that is no protobuf message: name the message
//     that a step of the graph makes
// shows: OutputIsNoMessage<Many<int>

#include "films.h"

void Wrong(const Graph& graph, ExecCtx& ctx) {
  graph.Execute<Many<int>>(ctx, MovieId()).IgnoreError();
}
