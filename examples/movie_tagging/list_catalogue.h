#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_LIST_CATALOGUE_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_LIST_CATALOGUE_H_

#include <memory>

#include "csv_movie_catalog.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "movie_tagging/nightly_enrichment.pb.h"
#include "protograph/exec_ctx.h"
#include "protograph/many.h"

namespace movie_tagging {

// Splits a range of the catalogue into its films, in the catalogue's order.
class ListCatalogue {
 public:
  explicit ListCatalogue(std::shared_ptr<const CsvMovieCatalog> catalog);

  // Empty where no film is in the range.
  protograph::Many<MovieId> Compute(protograph::ExecCtx& ctx, const FilmRange& range) const;

 private:
  std::shared_ptr<const CsvMovieCatalog> catalog_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_LIST_CATALOGUE_H_
