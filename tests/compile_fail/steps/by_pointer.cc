// A message that may be absent: none is.
//
// expect: Protograph: the step's Compute takes a message by pointer: take it as const T&
// shows: StepTakesMessageByPointer<Tagger, Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie* movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
