// No ExecCtx.
//
// expect: Protograph: the first parameter of the step's Compute must be ExecCtx&: write
//     Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepDoesNotTakeExecCtxFirst<Tagger, const Movie&>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
