// A message by value would be copied for each step that reads it.
//
// expect: Protograph: the step's Compute takes a message by value: take it as const T&
// shows: StepTakesMessageByValue<Tagger, Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, Movie movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
