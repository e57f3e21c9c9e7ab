// A C variadic function says nothing of what it takes.
//
// expect: Protograph: the step's Compute is volatile, &&-qualified or variadic: declare it as a
//     plain member function, const or not
// shows: StepComputeIsNoPlainFunction<Tagger>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, ...) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
