#include "slow_content_analyzer.h"

#include <utility>

#include "absl/time/clock.h"

namespace movie_tagging {

SlowContentAnalyzer::SlowContentAnalyzer(std::shared_ptr<ContentAnalyzer> analyzer,
                                         absl::Duration delay)
    : analyzer_(std::move(analyzer)), delay_(delay) {}

absl::StatusOr<ContentAnalysis> SlowContentAnalyzer::Analyze(const Movie& movie) {
  absl::SleepFor(delay_);
  return analyzer_->Analyze(movie);
}

}  // namespace movie_tagging
