#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_ANALYZE_CONTENT_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_ANALYZE_CONTENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "content_analyzer.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/exec_ctx.h"

namespace movie_tagging {

// Asks the analyzer, once. Trying again is the graph's business: see movie_graph.h.
class AnalyzeContent {
 public:
  explicit AnalyzeContent(std::shared_ptr<ContentAnalyzer> analyzer);

  // The analyzer's errors as they are; Internal where it answers about another film.
  absl::StatusOr<ContentAnalysis> Compute(protograph::ExecCtx& ctx, const Movie& movie) const;

 private:
  std::shared_ptr<ContentAnalyzer> analyzer_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_ANALYZE_CONTENT_H_
