// Two steps for one message.
//
// expect: Protograph: two steps of the graph make the same message: remove one, or give one an
//     output type of its own
// shows: TwoStepsMake<Movie, FetchMovie, GuessMovie>

#include "films.h"

struct GuessMovie {
  Movie Compute(ExecCtx& ctx, const MovieId& id) const;
};

using Films = StaticGraph<Inputs<MovieId>, FetchMovie, FetchDirectorProfile, AnalyzeContent,
                          Classify, GuessMovie, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
