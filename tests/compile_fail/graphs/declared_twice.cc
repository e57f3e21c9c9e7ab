// One input, declared twice.
//
// expect: Protograph: a message is declared as an input twice: name it once in Inputs<...>
// shows: InputIsDeclaredTwice<MovieId>

#include "films.h"

using Films = StaticGraph<Inputs<MovieId, MovieId>, FetchMovie, FetchDirectorProfile,
                          AnalyzeContent, Classify, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
