// The collection is made, and a step takes one of them: a Map is missing.
//
// expect: Protograph: nothing makes a message that a step of the graph needs: add a step that makes
//     it, or declare it in Inputs<...>
// shows: NothingMakes<MovieId, Path<Movie, MovieId>
// shows (g++): Movie <- MovieId: nothing makes MovieId

#include "films.h"

class CountMovies {
 public:
  TagSet Compute(ExecCtx& ctx, const Many<MovieId>& ids) const;
};

using Films = StaticGraph<Inputs<Many<MovieId>>, CountMovies, FetchMovie>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<Movie>(ctx, Many<MovieId>()).IgnoreError();
}
