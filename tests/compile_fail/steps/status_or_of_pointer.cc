// A StatusOr of a message that somebody must own.
//
// expect: Protograph: the step's Compute returns absl::StatusOr of something that is no protobuf
//     message: return absl::StatusOr<O> of a message type O
// shows: StepReturnsStatusOrOfNoMessage<Tagger,
// shows: unique_ptr<TagSet

#include "films.h"

class Tagger {
 public:
  StatusOr<std::unique_ptr<TagSet>> Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
