// A number where a message is meant, in a graph with a proof.
//
// expect: Protograph: an input of the graph is no protobuf message: pass messages, and give clients
//     and settings to GraphBuilder::Provide
// shows: InputIsNoMessage<int>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) { films.Execute<TagSet>(ctx, 603).IgnoreError(); }
