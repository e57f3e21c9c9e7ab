// A collection of something that is no message.
//
// expect: Protograph: a parameter of the step's Compute is a collection of something that is no
//     protobuf message: take const Many<T>& of a message type T
// shows: StepTakesManyOfNoMessage<Tagger, Many<int>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie, const Many<int>& numbers) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
