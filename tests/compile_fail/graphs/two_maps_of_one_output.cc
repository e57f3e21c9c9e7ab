// Two steps make the same collection.
//
// expect: Protograph: two steps of the graph make the same message: remove one, or give one an
//     output type of its own
// shows: TwoStepsMake<Many<Poster>, Map<Draw>, Map<Buy>

#include "films.h"

class Draw {
 public:
  Poster Compute(ExecCtx& ctx, const MovieId& id) const;
};
class Buy {
 public:
  Poster Compute(ExecCtx& ctx, const MovieId& id) const;
};

using Films = StaticGraph<Inputs<Many<MovieId>>, Map<Draw>, Map<Buy>>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<Many<Poster>>(ctx, Many<MovieId>()).IgnoreError();
}
