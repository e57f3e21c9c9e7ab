#include "movie_graph.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace movie_tagging {

absl::StatusOr<MovieGraph> MakeMovieGraph(MovieGraphDeps deps) {
  return MovieGraph::Builder("movie_tagging")
      .Provide(std::move(deps.catalog))
      .Provide(std::move(deps.analyzer))
      .Configure<AnalyzeContent>({.retry = protograph::RetryPolicy::ExponentialJitter(
                                               {.attempts = 3, .base = absl::Milliseconds(5)})
                                               .RetryingOn({absl::StatusCode::kUnavailable})})
      .Build();
}

}  // namespace movie_tagging
