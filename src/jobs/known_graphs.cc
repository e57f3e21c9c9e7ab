#include "jobs/known_graphs.h"

#include <utility>

#include "base/steady_time.h"
#include "graph/call_check.h"
#include "graph/core.h"

namespace protograph::internal {
namespace {

constexpr absl::Duration kFreshFor = absl::Minutes(1);

absl::string_view Key(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

KnownGraphs::KnownGraphs(JobStore& jobs, std::span<const Graph> own) : jobs_(jobs) {
  for (const Graph& graph : own) own_.emplace(GraphAccess::Core(graph).name(), graph);
}

absl::Status KnownGraphs::Check(std::string_view graph, std::string_view output_type,
                                std::span<const std::string> input_types) {
  if (const auto found = own_.find(Key(graph)); found != own_.end()) {
    return CheckCall(found->second, output_type, input_types);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  const GraphDescription* description = FindPublishedLocked(graph);
  if (description == nullptr) return absl::OkStatus();
  return CheckCall(*description, output_type, input_types);
}

const GraphDescription* KnownGraphs::FindPublishedLocked(std::string_view graph) {
  if (const absl::Time now = SteadyTime(); now - read_at_ > kFreshFor) {
    read_at_ = now;
    // A store that is away says so when the job is submitted.
    absl::StatusOr<std::vector<PublishedGraph>> published = jobs_.Graphs();
    if (published.ok()) {
      published_.clear();
      for (const PublishedGraph& one : *published) {
        GraphDescription description;
        if (description.ParseFromString(one.description)) {
          published_.emplace(one.graph, std::move(description));
        }
      }
    }
  }
  const auto found = published_.find(Key(graph));
  return found == published_.end() ? nullptr : &found->second;
}

}  // namespace protograph::internal
