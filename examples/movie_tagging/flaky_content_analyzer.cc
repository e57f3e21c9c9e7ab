#include "flaky_content_analyzer.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <random>
#include <utility>

#include "absl/status/status.h"

namespace movie_tagging {

FlakyContentAnalyzer::FlakyContentAnalyzer(std::shared_ptr<ContentAnalyzer> analyzer,
                                           double failure_probability, std::uint32_t seed)
    : analyzer_(std::move(analyzer)), failure_probability_(failure_probability), seed_(seed) {}

bool FlakyContentAnalyzer::Fails(std::int32_t movie_id, std::uint32_t call) const {
  std::seed_seq sequence{seed_, static_cast<std::uint32_t>(movie_id), call};
  std::array<std::uint32_t, 1> bits;
  sequence.generate(bits.begin(), bits.end());
  return std::ldexp(bits[0], -32) < failure_probability_;
}

absl::StatusOr<ContentAnalysis> FlakyContentAnalyzer::Analyze(const Movie& movie) {
  std::uint32_t call = 0;
  {
    const std::lock_guard lock(mutex_);
    call = ++calls_[movie.id()];
  }
  if (Fails(movie.id(), call)) {
    return absl::UnavailableError(
        fmt::format("the analyzer did not answer call {} for film {}", call, movie.id()));
  }
  return analyzer_->Analyze(movie);
}

}  // namespace movie_tagging
