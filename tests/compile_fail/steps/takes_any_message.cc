// The base of all messages stands for none of them.
//
// expect: Protograph: a parameter of the step's Compute is no protobuf message: let data arrive as
//     messages (const T&, with the generated header included), and give clients and settings to the
//     step's constructor
// shows: StepTakesSomethingThatIsNoMessage<Tagger, const Message&>

#include "films.h"

class Tagger {
 public:
  TagSet Compute(ExecCtx& ctx, const google::protobuf::Message& message) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
