#include "catalog_graph.h"

#include <utility>

#include "movie_graph.h"

namespace movie_tagging {

absl::StatusOr<CatalogGraph> MakeCatalogGraph(CatalogGraphDeps deps) {
  if (deps.films == nullptr) deps.films = deps.catalog;
  const absl::StatusOr<MovieGraph> films =
      MakeMovieGraph({.catalog = deps.films, .analyzer = std::move(deps.analyzer)});
  if (!films.ok()) return films.status();
  const protograph::ItemOptions tolerant = {.when_item_fails = protograph::WhenItemFails::kTolerate,
                                            .tolerated_share = kToleratedShare,
                                            .place = deps.place};
  return CatalogGraph::Builder("movie_catalogue")
      .Provide(std::move(deps.catalog))
      .Provide(std::move(deps.films))
      .Configure<FetchMovie>({.items = tolerant})
      .Configure<EnrichMovie>({.items = tolerant}, *films)
      .UsePool(std::move(deps.pool))
      .Build();
}

}  // namespace movie_tagging
