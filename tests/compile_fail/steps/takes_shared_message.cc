// A message that is owned together.
//
// expect: Protograph: a parameter of the step's Compute is no protobuf message: let data arrive as
//     messages (const T&, with the generated header included), and give clients and settings to the
//     step's constructor
// shows: StepTakesSomethingThatIsNoMessage<Tagger,
// shows: shared_ptr<

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const std::shared_ptr<const Movie>& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
