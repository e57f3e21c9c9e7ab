// A template has no signature to read.
//
// expect: Protograph: the step's Compute is overloaded, a template, or not public: give the step
//     exactly one public Compute that is no template
// shows: StepComputeIsOverloadedOrTemplated<Tagger>

#include "films.h"

class Tagger {
 public:
  template <class Message>
  TagSet Compute(ExecCtx& ctx, const Message& message) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
