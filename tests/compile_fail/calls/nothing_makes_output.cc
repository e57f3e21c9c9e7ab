// Execute of what nothing makes.
//
// expect: Protograph: Execute<O> asks for a message that nothing in the graph makes: ask for the
//     output of one of its steps, or add a step that makes it
// shows: NothingMakes<Poster, Path<Poster>

#include "films.h"

void Wrong(const FilmGraph& films, ExecCtx& ctx) {
  films.Execute<Poster>(ctx, MovieId()).IgnoreError();
}
