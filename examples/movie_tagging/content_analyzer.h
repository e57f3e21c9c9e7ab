#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CONTENT_ANALYZER_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CONTENT_ANALYZER_H_

#include "absl/status/statusor.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// Says what the content of a film is like. Behind it stands a set of rules here; it could be a
// service that watches films. Implementations are thread safe. Unavailable means that trying again
// may help.
class ContentAnalyzer {
 public:
  virtual ~ContentAnalyzer() = default;

  virtual absl::StatusOr<ContentAnalysis> Analyze(const Movie& movie) = 0;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CONTENT_ANALYZER_H_
