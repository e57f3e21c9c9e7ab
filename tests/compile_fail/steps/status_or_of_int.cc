// A StatusOr of something else.
//
// expect: Protograph: the step's Compute returns absl::StatusOr of something that is no protobuf
//     message: return absl::StatusOr<O> of a message type O
// shows: StepReturnsStatusOrOfNoMessage<Tagger, int>

#include "films.h"

class Tagger {
 public:
  StatusOr<int> Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
