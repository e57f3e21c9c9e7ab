// Nothing to run it for.
//
// expect: Protograph: a step that is to run for each item takes no message: let it take the item
//     first, as in Compute(ExecCtx& ctx, const Item& item, ...)
// shows: MapStepTakesNoItem<Draw>

#include "films.h"

class Draw {
 public:
  Poster Compute(ExecCtx& ctx) const;
};

void Wrong() { GraphBuilder("films").Map<Draw>(); }
