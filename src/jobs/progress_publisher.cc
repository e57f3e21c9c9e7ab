#include "jobs/progress_publisher.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace protograph::internal {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

bool IsSame(const StepProgress& one, const StepProgress& other) {
  return std::tie(one.step, one.total, one.done, one.failed, one.running) ==
         std::tie(other.step, other.total, other.done, other.failed, other.running);
}

}  // namespace

absl::Status ProgressPublisher::Publish(const std::string& owner_id, absl::Time now) {
  if (now < next_) return absl::OkStatus();
  next_ = now + kInterval;
  absl::flat_hash_map<std::string, std::vector<StepProgress>> current;
  std::vector<JobProgress> changed;
  for (const std::shared_ptr<JobInFlight>& job : running_.all()) {
    if (job->owner_id() != owner_id) continue;
    std::vector<StepProgress> steps = job->Progress();
    if (steps.empty()) continue;
    const auto before = published_.find(job->job_id());
    if (before == published_.end() ||
        !std::equal(steps.begin(), steps.end(), before->second.begin(), before->second.end(),
                    IsSame)) {
      changed.push_back({.job_id = job->job_id(), .steps = steps});
    }
    current.emplace(job->job_id(), std::move(steps));
  }
  if (!changed.empty()) {
    absl::Status status = items_.PublishProgress(owner_id, changed);
    if (!status.ok()) return status;
  }
  published_ = std::move(current);
  return absl::OkStatus();
}

}  // namespace protograph::internal
