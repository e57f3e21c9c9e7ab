// There are no collections of collections.
//
// expect: Protograph: a parameter of the step's Compute is a collection of something that is no
//     protobuf message: take const Many<T>& of a message type T
// shows: StepTakesManyOfNoMessage<Tagger, Many<Many<Movie>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Many<Many<Movie>>& shelves) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
