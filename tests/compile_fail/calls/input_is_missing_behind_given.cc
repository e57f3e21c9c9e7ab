// Given messages take the place of steps, but not of all.
//
// expect: Protograph: Execute was not given a message that it needs: pass it
// shows: CallLacksInput<MovieId, Path<Classification, DirectorProfile, Movie, MovieId>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.Execute<Classification>(ctx, ContentAnalysis()).IgnoreError();
}
