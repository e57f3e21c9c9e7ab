#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_LIBRARY_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_LIBRARY_H_

#include "absl/status/statusor.h"
#include "catalog_graph.h"
#include "movie_graph.h"

namespace movie_tagging {

// The graphs for protograph-worker, which cannot be told what they are made with: the films are
// those of the file that the environment's MOVIE_TAGGING_DATA names, by default those of the
// examples.
absl::StatusOr<MovieGraph> MakeMovieGraphOfEnvironment();
// The films of one job are looked up and enriched by all workers.
absl::StatusOr<CatalogGraph> MakeCatalogGraphOfEnvironment();

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_LIBRARY_H_
