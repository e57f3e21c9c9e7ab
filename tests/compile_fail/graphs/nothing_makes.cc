// A step is missing: the path says who needs what it would make.
//
// expect: Protograph: nothing makes a message that a step of the graph needs: add a step that makes
//     it, or declare it in Inputs<...>
// shows: NothingMakes<DirectorProfile, Path<TagSet, Classification, DirectorProfile>
// shows (g++): TagSet <- Classification <- DirectorProfile: nothing makes DirectorProfile

#include "films.h"

using Films = StaticGraph<Inputs<MovieId>, FetchMovie, AnalyzeContent, Classify, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
