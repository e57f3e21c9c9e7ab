// Data that is no message.
//
// expect: Protograph: a parameter of the step's Compute is no protobuf message: let data arrive as
//     messages (const T&, with the generated header included), and give clients and settings to the
//     step's constructor
// shows: StepTakesSomethingThatIsNoMessage<Tagger, const basic_string<char

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie, const std::string& language) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
