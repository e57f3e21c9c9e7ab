// A client among the messages.
//
// expect: Protograph: a parameter of the step's Compute is no protobuf message: let data arrive as
//     messages (const T&, with the generated header included), and give clients and settings to the
//     step's constructor
// shows: StepTakesSomethingThatIsNoMessage<Tagger, Client&>

#include "films.h"

class Client;

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const Movie& movie, Client& client) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
