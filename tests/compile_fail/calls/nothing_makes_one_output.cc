// The same among several.
//
// expect: Protograph: the graph is asked for a message that nothing in it makes: ask for the
//     output of one of its steps, or add a step that makes it
// shows: NothingMakes<Poster, Path<Poster>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.ExecuteAll<TagSet, Poster>(ctx, MovieId()).IgnoreError();
}
