// One collection stands for one thing, as one message does.
//
// expect: Protograph: the step's Compute returns a type that it also takes: one message type stands
//     for one thing, so give the result a type of its own
// shows: StepReturnsItsOwnInput<Sort, Many<Movie>

#include "films.h"

class Sort {
 public:
  Many<Movie> Compute(ExecCtx& ctx, const Many<Movie>& movies) const;
};

void Wrong() { GraphBuilder("films").Add<Sort>(); }
