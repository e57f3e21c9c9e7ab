// The same, to change it.
//
// expect: Protograph: the step's Compute takes a message by pointer: take it as const T&
// shows: StepTakesMessageByPointer<Tagger, Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, Movie* movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
