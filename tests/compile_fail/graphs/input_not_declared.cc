// The input that all begins with is not declared.
//
// expect: Protograph: nothing makes a message that a step of the graph needs: add a step that makes
//     it, or declare it in Inputs<...>
// shows: NothingMakes<MovieId, Path<TagSet, Movie, MovieId>
// shows (g++): TagSet <- Movie <- MovieId: nothing makes MovieId

#include "films.h"

using Films =
    StaticGraph<Inputs<>, FetchMovie, FetchDirectorProfile, AnalyzeContent, Classify, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
