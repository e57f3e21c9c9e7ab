// More arguments in place than the constructor takes.
//
// expect: Protograph: the step has no constructor that takes the arguments given in place: make the
//     arguments of Add<Step>(options, args...) fit a constructor, or leave them away to have them
//     found among what was provided
// shows: StepIsNotConstructibleFrom<Tagger, int, int>

#include "films.h"

class Tagger {
 public:
  explicit Tagger(int most);

  TagSet Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(StepOptions{}, 1, 2); }
