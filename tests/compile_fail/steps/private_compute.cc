// A Compute that nobody may call.
//
// expect: Protograph: the step's Compute is overloaded, a template, or not public: give the step
//     exactly one public Compute that is no template
// shows: StepComputeIsOverloadedOrTemplated<Tagger>

#include "films.h"

class Tagger {
  TagSet Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
