// The ExecCtx in the wrong place.
//
// expect: Protograph: the first parameter of the step's Compute must be ExecCtx&: write
//     Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepDoesNotTakeExecCtxFirst<Tagger, const Movie&>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(const Movie& movie, ExecCtx& ctx) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
