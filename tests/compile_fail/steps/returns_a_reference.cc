// A message that lies elsewhere.
//
// expect: Protograph: the step's Compute returns no protobuf message: return a message O by value,
//     or absl::StatusOr<O>
// shows: StepReturnsNoMessage<Tagger, const TagSet&>

#include "films.h"

class Tagger {
 public:
  const TagSet& Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
