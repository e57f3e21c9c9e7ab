// A type that is no class.
//
// expect: Protograph: the class is no step, because it has no Compute: give it a public
//     absl::StatusOr<O> Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepHasNoCompute<int>

#include "films.h"

void Wrong() { GraphBuilder("films").Add<int>(); }
