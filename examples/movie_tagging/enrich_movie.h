#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_ENRICH_MOVIE_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_ENRICH_MOVIE_H_

#include "absl/status/statusor.h"
#include "movie_graph.h"
#include "movie_tagging/catalog_summary.pb.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/exec_ctx.h"

namespace movie_tagging {

// A whole graph as one step: what is concluded about a film, by the graph that tags one. Steps of
// that graph which take two results about the same film could not run for each item themselves, as
// a step takes one item and shares the rest.
class EnrichMovie {
 public:
  explicit EnrichMovie(MovieGraph films);

  // The graph's errors as they are. It brings its own retries.
  absl::StatusOr<EnrichedMovie> Compute(protograph::ExecCtx& ctx, const Movie& movie) const;

 private:
  MovieGraph films_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_ENRICH_MOVIE_H_
