// A message that this call does not need.
//
// expect: Protograph: Execute was given a message that it does not need: leave it away
// shows: CallDoesNotNeedInput<Poster>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.Execute<TagSet>(ctx, MovieId(), Poster()).IgnoreError();
}
