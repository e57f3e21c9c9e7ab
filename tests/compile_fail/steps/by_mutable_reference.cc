// A message that the step could change under the eyes of others.
//
// expect: Protograph: the step's Compute takes a message by non-const reference: take it as const
//     T&, as other steps read the same message
// shows: StepTakesMessageByMutableReference<Tagger, Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
