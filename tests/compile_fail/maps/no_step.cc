// What is mapped must be a step.
//
// expect: Protograph: the class is no step, because it has no Compute: give it a public
//     absl::StatusOr<O> Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepHasNoCompute<Nothing>

#include "films.h"

class Nothing {};

void Wrong() { GraphBuilder("films").Map<Nothing>(); }
