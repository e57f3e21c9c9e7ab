// A class that is no step at all.
//
// expect: Protograph: the class is no step, because it has no Compute: give it a public
//     absl::StatusOr<O> Compute(ExecCtx& ctx, const A& a, ...)
// shows: StepHasNoCompute<Tagger>

#include "films.h"

class Tagger {
 public:
  TagSet Run(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
