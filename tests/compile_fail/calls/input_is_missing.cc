// A call that forgets an input.
//
// expect: Protograph: Execute was not given a message that it needs: pass it
// shows: CallLacksInput<MovieId, Path<TagSet, Movie, MovieId>
// shows (g++): TagSet <- Movie <- MovieId: nothing makes MovieId

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) { films.Execute<TagSet>(ctx).IgnoreError(); }
