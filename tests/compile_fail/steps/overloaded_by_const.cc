// Overloads that differ in const alone.
//
// expect: Protograph: the step's Compute is overloaded, a template, or not public: give the step
//     exactly one public Compute that is no template
// shows: StepComputeIsOverloadedOrTemplated<Tagger>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie) const;
  TagSet Compute(ExecCtx& ctx, const Movie& movie);
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
