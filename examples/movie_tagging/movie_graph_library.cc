#include "movie_graph_library.h"

#include <cstdlib>
#include <memory>

#include "csv_movie_catalog.h"
#include "rule_based_analyzer.h"

namespace movie_tagging {

namespace {

absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> LoadOfEnvironment() {
  const char* data = std::getenv("MOVIE_TAGGING_DATA");
  return CsvMovieCatalog::Load(data == nullptr ? MOVIE_TAGGING_DATA : data);
}

}  // namespace

absl::StatusOr<MovieGraph> MakeMovieGraphOfEnvironment() {
  const absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> catalog = LoadOfEnvironment();
  if (!catalog.ok()) return catalog.status();
  return MakeMovieGraph({.catalog = *catalog, .analyzer = std::make_shared<RuleBasedAnalyzer>()});
}

absl::StatusOr<CatalogGraph> MakeCatalogGraphOfEnvironment() {
  const absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> catalog = LoadOfEnvironment();
  if (!catalog.ok()) return catalog.status();
  return MakeCatalogGraph({.catalog = *catalog,
                           .analyzer = std::make_shared<RuleBasedAnalyzer>(),
                           .place = protograph::ItemPlace::kOnWorkers});
}

}  // namespace movie_tagging
