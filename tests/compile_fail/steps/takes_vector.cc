// A collection that is not the library's.
//
// expect: Protograph: a parameter of the step's Compute is no protobuf message: let data arrive as
//     messages (const T&, with the generated header included), and give clients and settings to the
//     step's constructor
// shows: StepTakesSomethingThatIsNoMessage<Tagger, const vector<Movie

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const std::vector<Movie>& movies) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
