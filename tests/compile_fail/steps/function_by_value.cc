// The same in a function.
//
// expect: Protograph: the step's Compute takes a message by value: take it as const T&
// shows: StepTakesMessageByValue<TagSet (*)(ExecCtx&, Movie), Movie>

#include "films.h"

TagSet MakeTags(ExecCtx& ctx, Movie movie);

void Wrong() { GraphBuilder("films").Add(MakeTags); }
