// Two parameters that mean the same message.
//
// expect: Protograph: the step's Compute takes the same message type twice: a message is found by
//     its type, so take it once, or give the second its own type
// shows: StepTakesMessageTwice<Tagger, Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie, const Movie& sequel) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
