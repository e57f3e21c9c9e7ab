#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CATALOG_GRAPH_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CATALOG_GRAPH_H_

// A whole catalogue in one execution: split into its films, each of them enriched, all summed up.

#include <memory>

#include "absl/status/statusor.h"
#include "content_analyzer.h"
#include "csv_movie_catalog.h"
#include "enrich_movie.h"
#include "fetch_movie.h"
#include "list_catalogue.h"
#include "movie_catalog.h"
#include "movie_tagging/catalog_summary.pb.h"
#include "movie_tagging/nightly_enrichment.pb.h"
#include "protograph/protograph.h"
#include "summarize_catalogue.h"

namespace movie_tagging {

// FetchMovie is the step of MovieGraph, run once for each film.
using CatalogGraph = protograph::StaticGraph<protograph::Inputs<FilmRange>, ListCatalogue,
                                             protograph::Map<FetchMovie>,
                                             protograph::Map<EnrichMovie>, SummarizeCatalogue>;

struct CatalogGraphDeps {
  std::shared_ptr<const CsvMovieCatalog> catalog = nullptr;  // which films there are
  std::shared_ptr<const MovieCatalog> films = nullptr;  // where they are looked up; null: `catalog`
  std::shared_ptr<ContentAnalyzer> analyzer = nullptr;
  // Null: ThreadPool::Shared().
  std::shared_ptr<protograph::ThreadPool> pool = nullptr;
  // Where films are looked up and enriched.
  protograph::ItemPlace place = protograph::ItemPlace::kHere;
};

// A summary may do without one film in twenty that cannot be looked up, and one in twenty that
// cannot be enriched: it names them. Where more are missing it is none, and the execution fails.
inline constexpr double kToleratedShare = 0.05;

// InvalidArgument where a client is missing.
absl::StatusOr<CatalogGraph> MakeCatalogGraph(CatalogGraphDeps deps);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CATALOG_GRAPH_H_
