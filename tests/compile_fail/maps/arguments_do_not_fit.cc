// Arguments in place are those of the step's constructor.
//
// expect: Protograph: the step has no constructor that takes the arguments given in place: make the
//     arguments of Add<Step>(options, args...) fit a constructor, or leave them away to have them
//     found among what was provided
// shows: StepIsNotConstructibleFrom<Numbered, const char (&)[4]>

#include "films.h"

class Numbered {
 public:
  explicit Numbered(int number);
  Poster Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Map<Numbered>(StepOptions{}, "one"); }
