// A message that somebody must own.
//
// expect: Protograph: the step's Compute returns no protobuf message: return a message O by value,
//     or absl::StatusOr<O>
// shows: StepReturnsNoMessage<Tagger,
// shows: unique_ptr<TagSet

#include "films.h"

class Tagger {
 public:
  std::unique_ptr<TagSet> Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
