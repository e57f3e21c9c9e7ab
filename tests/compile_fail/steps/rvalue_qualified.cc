// A step serves many executions, so that it cannot be used up by one.
//
// expect: Protograph: the step's Compute is volatile, &&-qualified or variadic: declare it as a
//     plain member function, const or not
// shows: StepComputeIsNoPlainFunction<Tagger>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie) &&;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
