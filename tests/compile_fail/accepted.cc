// The control: what is right compiles, by the same command as the wrong programs.
//
// accept

#include "films.h"

void Right(const std::shared_ptr<int>& number, const Graph& any) {
  ExecCtx ctx;
  any.Execute<TagSet>(ctx, MovieId()).IgnoreError();
  GraphBuilder("films").Provide(number).Input<MovieId>().Add<FetchMovie>().Build().IgnoreError();
  const StatusOr<FilmGraph> films = FilmGraph::Builder("films").Provide(number).Build();
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
  films->ExecuteAll<TagSet, Movie>(ctx, MovieId()).IgnoreError();
}
