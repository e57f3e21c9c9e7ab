// The first parameter that is wrong is named, wherever it stands.
//
// expect: Protograph: the step's Compute takes a message by value: take it as const T&
// shows: StepTakesMessageByValue<Tagger, ContentAnalysis>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie, ContentAnalysis content, int count) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
