// A step makes a message, and does not only succeed.
//
// expect: Protograph: the step's Compute returns no protobuf message: return a message O by value,
//     or absl::StatusOr<O>
// shows: StepReturnsNoMessage<Tagger, Status>

#include "films.h"

class Tagger {
 public:
  absl::Status Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
