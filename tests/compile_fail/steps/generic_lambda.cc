// A lambda with `auto` is a template too.
//
// expect: Protograph: the step's Compute is overloaded, a template, or not public: give the step
//     exactly one public Compute that is no template
// shows: StepComputeIsOverloadedOrTemplated<

#include "films.h"

void Wrong() {
  GraphBuilder("films").Add([](ExecCtx&, const auto& message) {
    TagSet tags;
    tags.set_tags(message.id());
    return tags;
  });
}
