#include "tag_all.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <ostream>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "examples/common/progress.h"
#include "google/protobuf/util/json_util.h"

namespace movie_tagging {
namespace {

constexpr std::size_t kTagsShown = 12;

class RetryCounter : public protograph::ExecutionObserver {
 public:
  void OnBackoff(const protograph::ExecCtx& /*ctx*/, const protograph::StepEvent& /*event*/,
                 absl::Duration /*wait*/, const absl::Status& /*error*/) override {
    retries_.fetch_add(1, std::memory_order_relaxed);
  }
  std::int64_t retries() const { return retries_.load(); }

 private:
  std::atomic<std::int64_t> retries_ = 0;
};

std::string Cause(const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  const std::optional<protograph::StepFailure> failure = protograph::GetStepFailure(status);
  return failure.has_value() ? fmt::format("{}: {}", failure->step(), code) : code;
}

double PerSecond(int count, absl::Duration elapsed) {
  return count / std::max(absl::ToDoubleSeconds(elapsed), 1e-9);
}

}  // namespace

TagAllResult TagAll(const MovieGraph& graph, std::span<const MovieId> ids,
                    const TagAllOptions& options) {
  TagAllResult result;
  result.tag_sets.resize(ids.size());
  RetryCounter retries;
  std::atomic<std::size_t> next = 0;
  const absl::Time start = absl::Now();
  {
    examples::Progress progress(options.progress, "films", ids.size());
    const auto work = [&] {
      for (std::size_t i = next.fetch_add(1); i < ids.size(); i = next.fetch_add(1)) {
        protograph::ExecCtx ctx({.observer = &retries});
        result.tag_sets[i] = graph.Execute<TagSet>(ctx, ids[i]);
        progress.Advance();
      }
    };
    std::vector<std::jthread> others;
    for (int i = 1; i < options.threads; ++i) others.emplace_back(work);
    work();
  }
  result.elapsed = absl::Now() - start;
  result.retries = retries.retries();
  return result;
}

TagSummary Summarize(const TagAllResult& result) {
  TagSummary summary;
  summary.films = static_cast<int>(result.tag_sets.size());
  summary.elapsed = result.elapsed;
  summary.retries = result.retries;
  for (const absl::StatusOr<TagSet>& tags : result.tag_sets) {
    if (tags.ok()) {
      ++summary.tagged;
      summary.tags += tags->tags_size();
      for (const Tag& tag : tags->tags()) ++summary.films_by_tag[tag.name()];
      continue;
    }
    FailureCount& failure = summary.failures[Cause(tags.status())];
    if (failure.films++ == 0) failure.example = std::string(tags.status().message());
    const auto step_failure = protograph::GetStepFailure(tags.status());
    if (step_failure.has_value() && step_failure->attempts() > 1) ++summary.failed_after_retries;
  }
  return summary;
}

std::string ToText(const TagSummary& summary) {
  std::string text = fmt::format(
      "{} of {} films tagged in {:.3f} s ({:.0f} films a second)\n", summary.tagged, summary.films,
      absl::ToDoubleSeconds(summary.elapsed), PerSecond(summary.films, summary.elapsed));
  text += fmt::format("{} tags, {:.1f} a film, {} different ones\n", summary.tags,
                      static_cast<double>(summary.tags) / std::max(summary.tagged, 1),
                      summary.films_by_tag.size());

  std::vector<std::pair<std::string_view, int>> frequent(summary.films_by_tag.begin(),
                                                         summary.films_by_tag.end());
  std::stable_sort(frequent.begin(), frequent.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (frequent.size() > kTagsShown) frequent.resize(kTagsShown);
  text += "\nMost frequent tags\n";
  for (const auto& [name, films] : frequent) {
    text += fmt::format("  {:<28} {:>5}  {:>5.1f}%\n", name, films, 100.0 * films / summary.tagged);
  }

  text += fmt::format("\nRetries: {} ({} films failed after all attempts)\n", summary.retries,
                      summary.failed_after_retries);
  text += fmt::format("Failures: {}\n", summary.failed());
  for (const auto& [cause, failure] : summary.failures) {
    text += fmt::format("  {}: {} films, such as: {}\n", cause, failure.films, failure.example);
  }
  return text;
}

absl::Status WriteJsonLines(std::span<const absl::StatusOr<TagSet>> tag_sets, std::ostream& out) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string line;
  for (const absl::StatusOr<TagSet>& tags : tag_sets) {
    if (!tags.ok()) continue;
    line.clear();
    const auto printed = google::protobuf::util::MessageToJsonString(*tags, &line, options);
    if (!printed.ok()) {
      return absl::DataLossError(fmt::format("the tags of film {} cannot be written as JSON: {}",
                                             tags->movie_id(), std::string(printed.message())));
    }
    out << line << '\n';
  }
  out.flush();
  if (!out) return absl::DataLossError("the tags could not be written: is the disk full?");
  return absl::OkStatus();
}

}  // namespace movie_tagging
