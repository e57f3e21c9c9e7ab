#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CSV_MOVIE_CATALOG_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CSV_MOVIE_CATALOG_H_

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "movie_catalog.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

struct CsvCatalogOptions {
  // Year of the last release that the file can know of. examples/data/movies.csv was collected in
  // 2010 and announces two films of 2011; a later year in it is a century off (see release_date.h).
  int latest_release_year = 2011;
};

// The films of a file like examples/data/movies.csv, read as a whole. Immutable after Load.
class CsvMovieCatalog : public MovieCatalog {
 public:
  // Points into itself.
  CsvMovieCatalog(const CsvMovieCatalog&) = delete;
  CsvMovieCatalog& operator=(const CsvMovieCatalog&) = delete;

  // NotFound where there is no such file; InvalidArgument that names file, line and column where it
  // holds something else than films, or one id twice.
  static absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> Load(
      const std::string& path, const CsvCatalogOptions& options = {});

  absl::StatusOr<Movie> FindMovie(const MovieId& id) const override;
  absl::StatusOr<std::span<const Movie* const>> FindFilmsBy(
      std::string_view director) const override;

  // In the order of the file.
  std::span<const Movie> movies() const { return movies_; }

 private:
  explicit CsvMovieCatalog(std::vector<Movie> movies);

  std::vector<Movie> movies_;
  std::unordered_map<int, const Movie*> by_id_;
  std::map<std::string, std::vector<const Movie*>, std::less<>> by_director_;
  int lowest_id_;
  int highest_id_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CSV_MOVIE_CATALOG_H_
