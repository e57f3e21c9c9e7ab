#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FLAKY_CONTENT_ANALYZER_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FLAKY_CONTENT_ANALYZER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "content_analyzer.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// Stands before another analyzer and fails some calls with Unavailable, as a service far away does.
//
// Whether a call fails depends on the seed, the film and how often the film was asked for, and on
// nothing else: not on the order of the calls, nor on the number of threads.
class FlakyContentAnalyzer : public ContentAnalyzer {
 public:
  // `failure_probability` is from 0 to 1.
  FlakyContentAnalyzer(std::shared_ptr<ContentAnalyzer> analyzer, double failure_probability,
                       std::uint32_t seed);

  absl::StatusOr<ContentAnalysis> Analyze(const Movie& movie) override;

 private:
  bool Fails(std::int32_t movie_id, std::uint32_t call) const;

  const std::shared_ptr<ContentAnalyzer> analyzer_;
  const double failure_probability_;
  const std::uint32_t seed_;
  std::mutex mutex_;
  std::unordered_map<std::int32_t, std::uint32_t> calls_;  // of each film; guarded by mutex_
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FLAKY_CONTENT_ANALYZER_H_
