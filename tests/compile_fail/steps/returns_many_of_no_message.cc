// A collection of something that is no message.
//
// expect: Protograph: the step's Compute returns a collection of something that is no protobuf
//     message: return Many<T> of a message type T
// shows: StepReturnsManyOfNoMessage<Split, Many<basic_string<char

#include "films.h"

class Split {
 public:
  Many<std::string> Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Split>(); }
