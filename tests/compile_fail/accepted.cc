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

// The same for collections.
struct ListMovies {
  StatusOr<Many<MovieId>> Compute(ExecCtx& ctx, const DirectorProfile& director) const;
};
struct Compare {
  ContentAnalysis Compute(ExecCtx& ctx, const Movie& movie, const Many<MovieId>& all,
                          const DirectorProfile& director) const;
};
struct Draw {
  explicit Draw(const std::string& style);
  Poster Compute(ExecCtx& ctx, const Movie& movie, const Many<Movie>& all) const;
};
struct Summarize {
  TagSet Compute(ExecCtx& ctx, const Many<ContentAnalysis>& all, const Many<Poster>& posters) const;
};

using CatalogGraph = StaticGraph<Inputs<DirectorProfile>, ListMovies, Map<FetchMovie>, Map<Compare>,
                                 Map<Draw>, Summarize>;

void RightOfCollections(const std::string& style, const Many<MovieId>& ids) {
  ExecCtx ctx;
  const StatusOr<CatalogGraph> catalog = CatalogGraph::Builder("catalog")
                                             .Configure<FetchMovie>({.items = {.parallelism = 3}})
                                             .Configure<Map<Draw>>({.name = "Draw"}, style)
                                             .Build();
  catalog->Execute<TagSet>(ctx, DirectorProfile()).IgnoreError();
  catalog->Execute<Many<Movie>>(ctx, ids).IgnoreError();
  catalog->ExecuteAll<Many<Poster>, Many<Movie>>(ctx, ids).IgnoreError();
  catalog->Explain<Many<ContentAnalysis>>().IgnoreError();
  GraphBuilder("catalog")
      .Input<Many<MovieId>>()
      .Map<FetchMovie>()
      .Map<Draw>(StepOptions{}, style)
      .Map([](ExecCtx&, const Poster&) { return ContentAnalysis(); })
      .Add<Summarize>()
      .Build()
      .IgnoreError();
}
