// A const ExecCtx.
//
// expect: Protograph: the first parameter of the step's Compute must be ExecCtx&: write
//     Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepDoesNotTakeExecCtxFirst<Tagger, const ExecCtx&>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(const ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
