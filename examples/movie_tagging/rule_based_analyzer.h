#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RULE_BASED_ANALYZER_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RULE_BASED_ANALYZER_H_

#include "absl/status/statusor.h"
#include "content_analyzer.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// Concludes the content of a film from what the catalogue holds: the words of its title, genre,
// creative type, source, running time, budget and year. What is unknown speaks for nothing.
class RuleBasedAnalyzer : public ContentAnalyzer {
 public:
  // Never fails.
  absl::StatusOr<ContentAnalysis> Analyze(const Movie& movie) override;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RULE_BASED_ANALYZER_H_
