// A message whose generated header is not included.
//
// expect: Protograph: a parameter of the step's Compute is no protobuf message: let data arrive as
//     messages (const T&, with the generated header included), and give clients and settings to the
//     step's constructor
// shows: StepTakesSomethingThatIsNoMessage<Tagger, const Review&>

#include "films.h"

namespace film {
class Review;
}

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const film::Review& review) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
