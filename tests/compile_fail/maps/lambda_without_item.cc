// A lambda is held to the same.
//
// expect: Protograph: a step that is to run for each item takes no message: let it take the item
//     first, as in Compute(ExecCtx& ctx, const Item& item, ...)
// shows: MapStepTakesNoItem<

#include "films.h"

void Wrong() {
  GraphBuilder("films").Map([](ExecCtx&) { return Poster(); });
}
