// It shares what its own results are.
//
// expect: Protograph: a step that is to run for each item takes the collection that its results
//     are: give its result a type of its own
// shows: MapStepReturnsItsOwnInput<DrawLikeOthers, Many<Poster>

#include "films.h"

class DrawLikeOthers {
 public:
  Poster Compute(ExecCtx& ctx, const Movie& movie, const Many<Poster>& others) const;
};

void Wrong() { GraphBuilder("films").Map<DrawLikeOthers>(); }
