// An input that a step makes.
//
// expect: Protograph: a message is declared as an input and made by a step: remove it from
//     Inputs<...>, as a caller may give it to Execute in any case
// shows: InputIsMadeByStep<Movie, FetchMovie>

#include "films.h"

using Films = StaticGraph<Inputs<MovieId, Movie>, FetchMovie, FetchDirectorProfile, AnalyzeContent,
                          Classify, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
