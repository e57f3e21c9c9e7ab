#include "movie_graph_library.h"

#include <cstdlib>
#include <memory>

#include "csv_movie_catalog.h"
#include "rule_based_analyzer.h"

namespace movie_tagging {

absl::StatusOr<MovieGraph> MakeMovieGraphOfEnvironment() {
  const char* data = std::getenv("MOVIE_TAGGING_DATA");
  const absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> catalog =
      CsvMovieCatalog::Load(data == nullptr ? MOVIE_TAGGING_DATA : data);
  if (!catalog.ok()) return catalog.status();
  return MakeMovieGraph({.catalog = *catalog, .analyzer = std::make_shared<RuleBasedAnalyzer>()});
}

}  // namespace movie_tagging
