#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_LIBRARY_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_LIBRARY_H_

#include "absl/status/statusor.h"
#include "movie_graph.h"

namespace movie_tagging {

// The graph for protograph-worker, which cannot be told what it is made with: the films are those
// of the file that the environment's MOVIE_TAGGING_DATA names, by default those of the examples.
absl::StatusOr<MovieGraph> MakeMovieGraphOfEnvironment();

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_LIBRARY_H_
