// A collection is taken like a message.
//
// expect: Protograph: the step's Compute takes a message by value: take it as const T&
// shows: StepTakesMessageByValue<Tagger, Many<Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, Many<Movie> movies) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
