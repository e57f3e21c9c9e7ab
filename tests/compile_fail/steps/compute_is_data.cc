// Compute is a variable.
//
// expect: Protograph: the step's Compute is volatile, &&-qualified or variadic: declare it as a
//     plain member function, const or not
// shows: StepComputeIsNoPlainFunction<Tagger>

#include "films.h"

class Tagger {
 public:
  int Compute = 0;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
