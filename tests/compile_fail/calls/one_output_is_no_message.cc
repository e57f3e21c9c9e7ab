// The same among several.
//
// expect: Protograph: Execute<O> is asked for a type that is no protobuf message: name the message
//     that a step of the graph makes
// shows: OutputIsNoMessage<int>

#include "films.h"

void Wrong(const Graph& films, ExecCtx& ctx) {
  films.ExecuteAll<TagSet, int>(ctx, MovieId()).IgnoreError();
}
