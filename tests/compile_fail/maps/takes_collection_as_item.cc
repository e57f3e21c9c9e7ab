// A step that takes all of them.
//
// expect: Protograph: a step that is to run for each item takes a collection first: let it take the
//     item first, as const T&, or add it as a step that takes all
// shows: MapStepTakesCollectionAsItem<Summarize, Many<Movie>

#include "films.h"

class Summarize {
 public:
  TagSet Compute(ExecCtx& ctx, const Many<Movie>& movies) const;
};

void Wrong() { GraphBuilder("films").Map<Summarize>(); }
