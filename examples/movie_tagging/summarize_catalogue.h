#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SUMMARIZE_CATALOGUE_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SUMMARIZE_CATALOGUE_H_

#include "movie_tagging/catalog_summary.pb.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/exec_ctx.h"
#include "protograph/many.h"

namespace movie_tagging {

// Sums films up by decade and by director. Films that are errors are named, and in no group.
class SummarizeCatalogue {
 public:
  // Both are in the same order: `ids` tells which film an error is about.
  CatalogSummary Compute(protograph::ExecCtx& ctx, const protograph::Many<EnrichedMovie>& movies,
                         const protograph::Many<MovieId>& ids) const;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SUMMARIZE_CATALOGUE_H_
