#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_CATALOG_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_CATALOG_H_

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// Where films are looked up: a file here, a database or a service elsewhere, a mock in tests.
// Implementations are thread safe. Unavailable means that trying again may help.
class MovieCatalog {
 public:
  virtual ~MovieCatalog() = default;

  // NotFound, naming the id and those that exist, where there is no such film.
  virtual absl::StatusOr<Movie> FindMovie(const MovieId& id) const = 0;

  // All films by a director, in order of release, those without a date last; empty where the
  // catalogue does not know the name. The films live as long as the catalogue.
  virtual absl::StatusOr<std::span<const Movie* const>> FindFilmsBy(
      std::string_view director) const = 0;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_CATALOG_H_
