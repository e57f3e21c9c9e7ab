// A result whose generated header is not included.
//
// expect: Protograph: the step's Compute returns no protobuf message: return a message O by value,
//     or absl::StatusOr<O>
// shows: StepReturnsNoMessage<Tagger, Review>

#include "films.h"

namespace film {
class Review;
}

class Tagger {
 public:
  film::Review Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
