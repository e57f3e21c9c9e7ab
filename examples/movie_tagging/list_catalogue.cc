#include "list_catalogue.h"

#include <utility>

namespace movie_tagging {

ListCatalogue::ListCatalogue(std::shared_ptr<const CsvMovieCatalog> catalog)
    : catalog_(std::move(catalog)) {}

protograph::Many<MovieId> ListCatalogue::Compute(protograph::ExecCtx& /*ctx*/,
                                                 const FilmRange& range) const {
  protograph::Many<MovieId> ids;
  for (const Movie& movie : catalog_->movies()) {
    if (movie.id() < range.from_id()) continue;
    if (range.to_id() != 0 && movie.id() > range.to_id()) continue;
    ids.Add().set_id(movie.id());
  }
  return ids;
}

}  // namespace movie_tagging
