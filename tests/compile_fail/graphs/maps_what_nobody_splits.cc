// The step for each item is there, and nothing makes the collection.
//
// expect: Protograph: nothing makes a message that a step of the graph needs: add a step that makes
//     it, or declare it in Inputs<...>
// shows: NothingMakes<Many<MovieId>, Path<Many<Movie>, Many<MovieId>
// shows (g++): Many<Movie> <- Many<MovieId>: nothing makes Many<MovieId>

#include "films.h"

using Films = StaticGraph<Inputs<>, Map<FetchMovie>>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<Many<Movie>>(ctx).IgnoreError();
}
