// What the members of an aggregate mean cannot be told.
//
// expect: Protograph: the step has no constructor whose arguments can be found among what was
//     provided: let it take shared_ptr<T>, T& or T*, or give the arguments in place, as in
//     Add<Step>(StepOptions{}, args...)
// shows: StepHasNoInjectableConstructor<Tagger>

#include "films.h"

struct Tagger {
  int most;

  TagSet Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
