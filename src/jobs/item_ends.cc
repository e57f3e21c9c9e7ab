#include "jobs/item_ends.h"

#include <algorithm>
#include <vector>

#include "fmt/format.h"

namespace protograph::internal {

void ItemEnds::HandOver(const std::string& owner_id, EndedJob& job) {
  // In their order, and each once: what was said before may be repeated.
  while (!job.fan_outs.empty()) {
    const absl::Status status = items_->HandOver(owner_id, job.fan_outs.front());
    if (absl::IsUnavailable(status)) {
      job.is_held_up = true;
      logger_.Log(LogLevel::kWarning,
                  fmt::format("the items of job {} cannot be handed over, which is tried again: {}",
                              job.end.job_id, std::string(status.message())));
      return;
    }
    if (!status.ok()) {
      job.fan_outs.clear();
      // Where it is another one's job the end is refused too.
      job.has_open_batches = !absl::IsAborted(status);
      job.end.error_code = static_cast<int>(status.code());
      job.end.error = std::string(status.message());
      job.end.outcome = absl::IsCancelled(status) ? JobOutcome::kCancelled : JobOutcome::kFailed;
      return;
    }
    job.waits = job.fan_outs.front().is_last;
    job.fan_outs.erase(job.fan_outs.begin());
  }
}

void ItemEnds::TellBefore(const std::string& owner_id, std::span<EndedJob> jobs) {
  if (items_ == nullptr) return;
  for (EndedJob& job : jobs) {
    job.is_held_up = false;
    if (!job.fan_outs.empty()) HandOver(owner_id, job);
  }
  StoreResults(owner_id, jobs);
}

void ItemEnds::StoreResults(const std::string& owner_id, std::span<EndedJob> jobs) {
  std::vector<EndedJob*> with_results;
  std::vector<ItemBatchResult> results;
  for (EndedJob& job : jobs) {
    if (!job.batch.has_value() || !job.batch->result.has_value()) continue;
    with_results.push_back(&job);
    results.push_back(*job.batch->result);
  }
  if (results.empty()) return;
  absl::Status status = items_->StoreResults(owner_id, results);
  if (!status.ok()) {
    logger_.Log(LogLevel::kWarning,
                fmt::format("what {} jobs have made of another one's items is not taken by the "
                            "store: {}",
                            results.size(), std::string(status.message())));
  }
  const bool is_away = absl::IsUnavailable(status);
  for (EndedJob* job : with_results) {
    // One of them is what the store does not take: the others must not suffer.
    if (!status.ok() && !is_away) {
      const absl::Status alone =
          items_->StoreResults(owner_id, std::span<const ItemBatchResult>(&*job->batch->result, 1));
      if (!alone.ok() && !absl::IsUnavailable(alone)) {
        job->end.outcome = JobOutcome::kFailed;
        job->end.error_code = static_cast<int>(alone.code());
        job->end.error = fmt::format("the store did not take what was made of the items: {}",
                                     std::string(alone.message()));
      }
      job->is_held_up = absl::IsUnavailable(alone);
    } else {
      job->is_held_up = is_away;
    }
    if (!job->is_held_up) job->batch->result.reset();
  }
}

void ItemEnds::TellAfter(std::span<const EndedJob> jobs) {
  if (items_ == nullptr) return;
  std::vector<ParentToResume> parents;
  // What is in vain.
  std::vector<BatchesToCancel> batches;
  for (const EndedJob& job : jobs) {
    if (job.is_held_up || job.is_refused) continue;
    if (job.has_open_batches && !job.waits) {
      batches.push_back({.parent_id = job.end.job_id, .up_to_term = job.end.term});
    }
    if (!job.batch.has_value()) continue;
    const ParentToResume& parent = job.batch->parent;
    const auto is_known = [&](const ParentToResume& other) {
      return other.job_id == parent.job_id && other.term == parent.term &&
             (other.at_once || !parent.at_once);
    };
    if (std::any_of(parents.begin(), parents.end(), is_known)) continue;
    parents.push_back(parent);
    // Not only once the parent runs again: these may have all threads there are.
    if (parent.at_once) {
      batches.push_back({.parent_id = parent.job_id, .up_to_term = parent.term});
    }
  }
  absl::Status status;
  if (!parents.empty()) status.Update(items_->Resume(parents));
  if (!batches.empty()) status.Update(items_->CancelBatches(batches));
  if (!status.ok()) {
    logger_.Log(LogLevel::kWarning,
                fmt::format("jobs that wait for their items are found later: {}",
                            std::string(status.message())));
  }
}

}  // namespace protograph::internal
