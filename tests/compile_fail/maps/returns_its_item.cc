// The item's type stands for the item.
//
// expect: Protograph: the step's Compute returns a type that it also takes: one message type stands
//     for one thing, so give the result a type of its own
// shows: StepReturnsItsOwnInput<Correct, Movie>

#include "films.h"

class Correct {
 public:
  Movie Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Map<Correct>(); }
