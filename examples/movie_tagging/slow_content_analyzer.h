#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SLOW_CONTENT_ANALYZER_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SLOW_CONTENT_ANALYZER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "content_analyzer.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// Stands before another analyzer and takes its time for each call, as a service far away does.
class SlowContentAnalyzer : public ContentAnalyzer {
 public:
  SlowContentAnalyzer(std::shared_ptr<ContentAnalyzer> analyzer, absl::Duration delay);

  absl::StatusOr<ContentAnalysis> Analyze(const Movie& movie) override;

 private:
  const std::shared_ptr<ContentAnalyzer> analyzer_;
  const absl::Duration delay_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SLOW_CONTENT_ANALYZER_H_
