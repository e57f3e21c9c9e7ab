// A step that is none, in a graph that would be sound with it.
//
// expect: Protograph: the step's Compute takes a message by value: take it as const T&
// shows: StepTakesMessageByValue<AnalyzeCopy, Movie>

#include "films.h"

struct AnalyzeCopy {
  ContentAnalysis Compute(ExecCtx& ctx, Movie movie) const;
};

using Films = StaticGraph<Inputs<MovieId>, FetchMovie, FetchDirectorProfile, AnalyzeCopy, Classify,
                          GenerateTags>;

void Wrong() {
  const StatusOr<Films> films =
      Films::Builder("films").Configure<AnalyzeCopy>({.timeout = absl::Seconds(1)}).Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
