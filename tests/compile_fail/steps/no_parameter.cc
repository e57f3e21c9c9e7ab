// No parameter at all.
//
// expect: Protograph: the first parameter of the step's Compute must be ExecCtx&: write
//     Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepDoesNotTakeExecCtxFirst<Tagger, void>

#include "films.h"

class Tagger {
 public:
  TagSet Compute() const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
