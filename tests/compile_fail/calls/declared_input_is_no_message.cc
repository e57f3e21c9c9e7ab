// A number among the declared inputs.
//
// expect: Protograph: an input of the graph is no protobuf message: pass messages, and give clients
//     and settings to GraphBuilder::Provide
// shows: InputIsNoMessage<int>

#include "films.h"

void Wrong() { GraphBuilder("films").Input<int>(); }
