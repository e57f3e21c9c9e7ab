// The item is the first parameter.
//
// expect: Protograph: a step that is to run for each item takes a collection first: let it take the
//     item first, as const T&, or add it as a step that takes all
// shows: MapStepTakesCollectionAsItem<Compare, Many<Poster>

#include "films.h"

class Compare {
 public:
  TagSet Compute(ExecCtx& ctx, const Many<Poster>& posters, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Map<Compare>(); }
