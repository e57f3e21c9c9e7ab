// An object of a step class, in the place of the class.
//
// expect: Protograph: Add was given an object that is no callable: name the step's class, as in
//     Add<Step>(options, arguments of its constructor)
// shows: StepIsAddedByItsClass<Tagger>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add(Tagger()); }
