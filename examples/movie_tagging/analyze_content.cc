#include "analyze_content.h"

#include <fmt/format.h>

#include <utility>

#include "absl/status/status.h"

namespace movie_tagging {

AnalyzeContent::AnalyzeContent(std::shared_ptr<ContentAnalyzer> analyzer)
    : analyzer_(std::move(analyzer)) {}

absl::StatusOr<ContentAnalysis> AnalyzeContent::Compute(protograph::ExecCtx& /*ctx*/,
                                                        const Movie& movie) const {
  absl::StatusOr<ContentAnalysis> analysis = analyzer_->Analyze(movie);
  if (analysis.ok() && analysis->movie_id() != movie.id()) {
    return absl::InternalError(
        fmt::format("the analyzer was asked about film {} and answered about "
                    "film {}",
                    movie.id(), analysis->movie_id()));
  }
  return analysis;
}

}  // namespace movie_tagging
