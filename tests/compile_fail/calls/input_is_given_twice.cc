// Two messages for one place.
//
// expect: Protograph: Execute is given or asked for the same message twice: name it once
// shows: CallNamesMessageTwice<MovieId>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.Execute<TagSet>(ctx, MovieId(), MovieId()).IgnoreError();
}
