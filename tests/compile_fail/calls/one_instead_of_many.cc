// The graph makes a collection and is asked for one.
//
// expect: Protograph: the graph is asked for a message that nothing in it makes: ask for the
//     output of one of its steps, or add a step that makes it
// shows: NothingMakes<Movie, Path<Movie>

#include "films.h"

using Films = StaticGraph<Inputs<Many<MovieId>>, Map<FetchMovie>>;

void Wrong(const Films& films, ExecCtx& ctx) {
  films.Execute<Movie>(ctx, Many<MovieId>()).IgnoreError();
}
