// There are no collections of collections.
//
// expect: Protograph: a step that is to run for each item returns a collection, and there are no
//     collections of collections: return one message for each item, with a repeated field, or split
//     in a step that takes all of them
// shows: MapStepReturnsCollection<ListPosters, Many<Poster>

#include "films.h"

class ListPosters {
 public:
  StatusOr<Many<Poster>> Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Map<ListPosters>(); }
