// The same in a callable.
//
// expect: Protograph: the step's Compute takes a message by value: take it as const T&
// shows: StepTakesMessageByValue<
// shows: Movie>

#include "films.h"

void Wrong() {
  GraphBuilder("films").Add([](ExecCtx&, Movie) { return TagSet(); });
}
