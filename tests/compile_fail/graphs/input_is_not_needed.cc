// An input without use.
//
// expect: Protograph: a message is declared as an input and no step needs it: remove it from
//     Inputs<...>
// shows: NoStepNeedsInput<Poster>

#include "films.h"

using Films = StaticGraph<Inputs<MovieId, Poster>, FetchMovie, FetchDirectorProfile, AnalyzeContent,
                          Classify, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
