#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_TAG_ALL_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_TAG_ALL_H_

// Many films through the graph, and what came of them.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "movie_graph.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

struct TagAllOptions {
  // How many films are in work at once; at least 1.
  int threads = 1;
  // Where progress is shown; null: nowhere.
  std::FILE* progress = nullptr;
};

struct TagAllResult {
  // One for each film, in the order asked for.
  std::vector<absl::StatusOr<TagSet>> tag_sets;
  absl::Duration elapsed;
  // Attempts beyond the first of any step.
  std::int64_t retries = 0;
};

// Tags each film. One that fails does not stop the others.
TagAllResult TagAll(const MovieGraph& graph, std::span<const MovieId> ids,
                    const TagAllOptions& options);

struct FailureCount {
  int films = 0;
  std::string example;  // the message of the first
};

struct TagSummary {
  int films = 0;
  int tagged = 0;
  std::int64_t tags = 0;
  std::int64_t retries = 0;
  int failed_after_retries = 0;  // films whose last error came after more than one attempt
  absl::Duration elapsed;
  std::map<std::string, int> films_by_tag;
  // By failed step and status code, such as "AnalyzeContent: UNAVAILABLE".
  std::map<std::string, FailureCount> failures;

  int failed() const { return films - tagged; }
};

TagSummary Summarize(const TagAllResult& result);

// For people, with the most frequent tags. Ends in a newline.
std::string ToText(const TagSummary& summary);

// Writes the tags of each film that has them as one line of JSON. DataLoss where that fails.
absl::Status WriteJsonLines(std::span<const absl::StatusOr<TagSet>> tag_sets, std::ostream& out);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_TAG_ALL_H_
