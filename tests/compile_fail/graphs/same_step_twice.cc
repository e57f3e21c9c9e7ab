// One step class, listed twice.
//
// expect: Protograph: two steps of the graph make the same message: remove one, or give one an
//     output type of its own
// shows: TwoStepsMake<Movie, FetchMovie, FetchMovie>

#include "films.h"

using Films = StaticGraph<Inputs<MovieId>, FetchMovie, FetchDirectorProfile, AnalyzeContent,
                          Classify, FetchMovie, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
