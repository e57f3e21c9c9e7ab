// An ExecCtx of its own.
//
// expect: Protograph: the first parameter of the step's Compute must be ExecCtx&: write
//     Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepDoesNotTakeExecCtxFirst<Tagger, ExecCtx>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
