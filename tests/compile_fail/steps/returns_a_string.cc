// A result that is no message.
//
// expect: Protograph: the step's Compute returns no protobuf message: return a message O by value,
//     or absl::StatusOr<O>
// shows: StepReturnsNoMessage<Tagger,
// shows: string

#include "films.h"

class Tagger {
 public:
  std::string Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
