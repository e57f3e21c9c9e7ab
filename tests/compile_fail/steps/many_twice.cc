// A collection, too, is found by its type.
//
// expect: Protograph: the step's Compute takes the same message type twice: a message is found by
//     its type, so take it once, or give the second its own type
// shows: StepTakesMessageTwice<Tagger, Many<Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Many<Movie>& movies, const Many<Movie>& more) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
