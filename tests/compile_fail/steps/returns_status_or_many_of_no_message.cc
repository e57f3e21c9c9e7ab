// The same where the step may fail.
//
// expect: Protograph: the step's Compute returns a collection of something that is no protobuf
//     message: return Many<T> of a message type T
// shows: StepReturnsManyOfNoMessage<Split, Many<int>

#include "films.h"

class Split {
 public:
  StatusOr<Many<int>> Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Split>(); }
