// One output, asked for twice.
//
// expect: Protograph: Execute is given or asked for the same message twice: name it once
// shows: CallNamesMessageTwice<TagSet>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.ExecuteAll<TagSet, TagSet>(ctx, MovieId()).IgnoreError();
}
