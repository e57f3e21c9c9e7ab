// A message that is not needed once the other is given.
//
// expect: Protograph: Execute was given a message that it does not need: leave it away
// shows: CallDoesNotNeedInput<MovieId>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.Execute<TagSet>(ctx, MovieId(), Movie()).IgnoreError();
}
