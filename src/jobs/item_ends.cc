#include "jobs/item_ends.h"

#include <utility>
#include <vector>

#include "fmt/format.h"

namespace protograph::internal {

bool ItemEnds::HandOver(const std::string& owner_id, EndedJob& job) {
  // In their order, and each once: what was said before may be repeated.
  while (!job.fan_outs.empty()) {
    const absl::Status status = items_->HandOver(owner_id, job.fan_outs.front());
    if (absl::IsUnavailable(status)) return false;
    if (!status.ok()) {
      job.fan_outs.clear();
      job.has_open_batches = true;
      job.end.error_code = static_cast<int>(status.code());
      job.end.error = std::string(status.message());
      // Where the job is another one's, that is refused too.
      job.end.outcome = absl::IsCancelled(status) ? JobOutcome::kCancelled : JobOutcome::kFailed;
      return true;
    }
    job.waits = job.fan_outs.front().is_last;
    job.fan_outs.erase(job.fan_outs.begin());
  }
  return true;
}

bool ItemEnds::TellBefore(const std::string& owner_id, std::span<EndedJob> jobs) {
  if (items_ == nullptr) return true;
  std::vector<ItemBatchResult> results;
  for (EndedJob& job : jobs) {
    if (!job.fan_outs.empty() && !HandOver(owner_id, job)) return false;
    if (job.batch.has_value() && job.batch->result.has_value()) {
      results.push_back(*job.batch->result);
    }
  }
  if (results.empty()) return true;
  const absl::Status status = items_->StoreResults(owner_id, results);
  if (status.ok()) {
    for (EndedJob& job : jobs) {
      if (job.batch.has_value()) job.batch->result.reset();
    }
    return true;
  }
  logger_.Log(LogLevel::kWarning, fmt::format("what {} jobs have made of another one's items is "
                                              "not taken by the store: {}",
                                              results.size(), std::string(status.message())));
  if (absl::IsUnavailable(status)) return false;
  for (EndedJob& job : jobs) {
    if (!job.batch.has_value() || !job.batch->result.has_value()) continue;
    const absl::Status alone =
        items_->StoreResults(owner_id, std::span<const ItemBatchResult>(&*job.batch->result, 1));
    if (absl::IsUnavailable(alone)) return false;
    job.batch->result.reset();
    if (alone.ok()) continue;
    job.end.outcome = JobOutcome::kFailed;
    job.end.error_code = static_cast<int>(alone.code());
    job.end.error = fmt::format("the store did not take what was made of the items: {}",
                                std::string(alone.message()));
  }
  return true;
}

void ItemEnds::TellAfter(std::span<const EndedJob> jobs) {
  if (items_ == nullptr) return;
  std::vector<ParentToResume> parents;
  // Whose open batches are in vain.
  std::vector<std::string> ended;
  for (const EndedJob& job : jobs) {
    if (job.has_open_batches && !job.waits) ended.push_back(job.end.job_id);
    if (!job.batch.has_value()) continue;
    ParentToResume* known = nullptr;
    for (ParentToResume& parent : parents) {
      if (parent.job_id == job.batch->parent.job_id) known = &parent;
    }
    if (known == nullptr) {
      parents.push_back(job.batch->parent);
    } else {
      known->at_once |= job.batch->parent.at_once;
    }
  }
  // Not only once the parent runs again: these may have all threads there are.
  for (const ParentToResume& parent : parents) {
    if (parent.at_once) ended.push_back(parent.job_id);
  }
  absl::Status status;
  if (!parents.empty()) status.Update(items_->Resume(parents));
  if (!ended.empty()) status.Update(items_->CancelBatches(ended));
  if (!status.ok()) {
    logger_.Log(LogLevel::kWarning,
                fmt::format("jobs that wait for their items are found later: {}",
                            std::string(status.message())));
  }
}

}  // namespace protograph::internal
