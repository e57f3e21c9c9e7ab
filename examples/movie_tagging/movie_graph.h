#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_H_

#include <memory>

#include "absl/status/statusor.h"
#include "analyze_content.h"
#include "classify_genre_and_mood.h"
#include "content_analyzer.h"
#include "fetch_director_profile.h"
#include "fetch_movie.h"
#include "generate_tags.h"
#include "movie_catalog.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/protograph.h"

namespace movie_tagging {

// From the number of a film to its tags. The steps' signatures are the wiring; the compiler proves
// that it is complete.
using MovieGraph =
    protograph::StaticGraph<protograph::Inputs<MovieId>, FetchMovie, FetchDirectorProfile,
                            AnalyzeContent, ClassifyGenreAndMood, GenerateTags>;

// The clients that the steps use.
struct MovieGraphDeps {
  std::shared_ptr<const MovieCatalog> catalog;
  std::shared_ptr<ContentAnalyzer> analyzer;
};

// The analyzer may be a service that is overloaded: it is asked up to three times where it is
// Unavailable, with waits of up to 5 and 10 ms. Nothing else is tried again. InvalidArgument where
// a client is missing.
absl::StatusOr<MovieGraph> MakeMovieGraph(MovieGraphDeps deps);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_MOVIE_GRAPH_H_
