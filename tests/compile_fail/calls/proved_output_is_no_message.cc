// Execute of no message, of a graph with a proof.
//
// expect: Protograph: Execute<O> is asked for a type that is no protobuf message: name the message
//     that a step of the graph makes
// shows: OutputIsNoMessage<int>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.Execute<int>(ctx, MovieId()).IgnoreError();
}
