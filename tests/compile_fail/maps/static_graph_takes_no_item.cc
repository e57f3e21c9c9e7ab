// A StaticGraph's list is held to the same.
//
// expect: Protograph: a step that is to run for each item takes no message: let it take the item
//     first, as in Compute(ExecCtx& ctx, const Item& item, ...)
// shows: MapStepTakesNoItem<Draw>

#include "films.h"

class Draw {
 public:
  Poster Compute(ExecCtx& ctx) const;
};

using Films = StaticGraph<Inputs<>, Map<Draw>>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<Many<Poster>>(ctx).IgnoreError();
}
