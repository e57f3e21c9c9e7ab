#include "store/memory_item_store.h"

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "fmt/format.h"
#include "store/item_checks.h"

namespace protograph::internal {
namespace {

// Without a timeout: what its parent's attempt has is its too.
JobSubmission ChildOf(const MemoryJob& parent, const FanOut& fan_out, const ItemBatch& batch) {
  const JobSubmission& asked = parent.submission;
  return {.job_id = batch.job_id,
          .graph = asked.graph,
          .output_type = fan_out.output_type,
          .inputs = batch.inputs,
          .queue = asked.queue,
          .priority = asked.priority,
          .max_attempts = asked.max_attempts,
          .backoff = asked.backoff,
          .longest_backoff = asked.longest_backoff,
          .concurrency_key = asked.concurrency_key,
          .tags = asked.tags,
          .metadata = asked.metadata};
}

}  // namespace

absl::Status MemoryItemStore::HandOver(const std::string& owner_id, const FanOut& fan_out) {
  if (absl::Status status = CheckFanOut(fan_out); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const std::string& parent_id = fan_out.parent.job_id;
  MemoryJob* parent = state_.jobs.FindRunning(owner_id, parent_id, fan_out.parent.term);
  if (parent == nullptr) {
    if (state_.items.IsRepeated(owner_id, fan_out)) return absl::OkStatus();
    return absl::AbortedError(fmt::format(
        "job {} is not this worker's any more: whoever has it hands its items over", parent_id));
  }
  if (parent->cancel_requested) {
    return absl::CancelledError(
        fmt::format("cancelling job {} was requested: its items are not handed over", parent_id));
  }
  for (const ItemBatch& batch : fan_out.batches) {
    const MemoryJob* job = state_.jobs.Find(batch.job_id);
    if (job != nullptr && job->parent_id != parent_id) {
      return absl::InvalidArgumentError(fmt::format(
          "there is a job {}, which has no items of job {}: use new ids", batch.job_id, parent_id));
    }
  }
  // Nothing can fail after this, so that all of it is done.
  const absl::Time now = clock_.Now();
  for (const ItemBatch& batch : fan_out.batches) {
    if (state_.items.FindBatch(batch.job_id) != nullptr) continue;
    state_.jobs.AddChild(ChildOf(*parent, fan_out, batch), *parent, now);
  }
  state_.items.HandOver(owner_id, fan_out, now);
  if (!fan_out.is_last) return absl::OkStatus();
  const bool is_decided = parent->is_decided;
  state_.jobs.WaitForItems(*parent);
  if (is_decided || !state_.jobs.HasOpenBatches(parent_id)) state_.jobs.Resume(*parent);
  return absl::OkStatus();
}

absl::StatusOr<FanOutRecord> MemoryItemStore::Find(const std::string& parent_id,
                                                   const std::string& key) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const MemoryFanOut* fan_out = state_.items.Find(parent_id, key);
  if (fan_out == nullptr) return FanOutRecord();
  return FanOutRecord{.attempt = fan_out->attempt,
                      .timeout = fan_out->deadline - clock_.Now(),
                      .shared_inputs = fan_out->shared_inputs};
}

absl::StatusOr<absl::Duration> MemoryItemStore::TimeLeft(const std::string& parent_id,
                                                         int attempt) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const MemoryFanOut* last = nullptr;
  for (const auto& [key, fan_out] : state_.items.FanOutsOf(parent_id)) {
    if (fan_out.called_in != attempt) continue;
    if (last == nullptr || fan_out.sequence > last->sequence) last = &fan_out;
  }
  return last != nullptr ? last->deadline - clock_.Now() : absl::InfiniteDuration();
}

ItemBatchRecord MemoryItemStore::ToRecord(const std::string& job_id, const MemoryBatch& batch) {
  ItemBatchRecord record = {.job_id = job_id,
                            .attempt = batch.attempt,
                            .items = batch.items,
                            .is_open = false,
                            .results = batch.results,
                            .error_code = batch.error_code,
                            .error = batch.error};
  if (const MemoryJob* job = state_.jobs.Find(job_id); job != nullptr) {
    record.is_open = !IsFinal(job->state) && !job->cancel_requested;
    job->SayWhyNot(record.error_code, record.error);
    if (!IsFinal(job->state) && job->cancel_requested) {
      record.error_code = static_cast<int>(absl::StatusCode::kCancelled);
      record.error = "its cancellation was requested";
    }
  }
  return record;
}

absl::StatusOr<std::vector<ItemBatchRecord>> MemoryItemStore::Batches(
    const std::string& parent_id, const std::string& key, const std::string& after_job_id,
    int limit) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<ItemBatchRecord> records;
  const MemoryFanOut* fan_out = state_.items.Find(parent_id, key);
  if (fan_out == nullptr) return records;
  for (auto it = fan_out->batches.upper_bound(after_job_id);
       it != fan_out->batches.end() && static_cast<int64_t>(records.size()) < limit; ++it) {
    records.push_back(ToRecord(it->first, it->second));
  }
  return records;
}

absl::Status MemoryItemStore::CancelBatches(std::span<const BatchesToCancel> batches) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const absl::Time now = clock_.Now();
  for (const BatchesToCancel& of_parent : batches) state_.jobs.CancelBatches(of_parent, now);
  return absl::OkStatus();
}

absl::Status MemoryItemStore::StoreResults(const std::string& owner_id,
                                           std::span<const ItemBatchResult> results) {
  if (absl::Status status = CheckItemResults(results); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  for (const ItemBatchResult& result : results) {
    const std::string& job_id = result.child.job_id;
    MemoryBatch* batch = state_.items.FindBatch(job_id);
    if (batch == nullptr) continue;
    if (state_.jobs.FindRunning(owner_id, job_id, result.child.term) == nullptr) continue;
    batch->has_results = true;
    batch->done = result.done;
    batch->failed = result.failed;
    batch->results = result.results;
  }
  return absl::OkStatus();
}

absl::Status MemoryItemStore::Resume(std::span<const ParentToResume> parents) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  for (const ParentToResume& parent : parents) {
    MemoryJob* job = state_.jobs.Find(parent.job_id);
    if (job == nullptr || job->state != JobState::kRunning) continue;
    // One that waits has the term under which it has handed over last.
    const bool at_once = parent.at_once && job->term == parent.term;
    if (!job->waits_for_items) {
      if (at_once) job->is_decided = true;
    } else if (at_once || !state_.jobs.HasOpenBatches(parent.job_id)) {
      state_.jobs.Resume(*job);
    }
  }
  return absl::OkStatus();
}

absl::Status MemoryItemStore::PublishProgress(const std::string& owner_id,
                                              std::span<const JobProgress> jobs) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  for (const JobProgress& published : jobs) {
    MemoryJob* job = state_.jobs.Find(published.job_id);
    if (job == nullptr || job->state != JobState::kRunning || job->waits_for_items) continue;
    if (job->owner_id == owner_id) job->progress = published.steps;
  }
  return absl::OkStatus();
}

StepProgress MemoryItemStore::ProgressOf(const MemoryFanOut& fan_out) {
  StepProgress progress = {.step = fan_out.step};
  for (const auto& [job_id, batch] : fan_out.batches) {
    progress.total += batch.items;
    if (batch.has_results) {
      progress.done += batch.done;
      progress.failed += batch.failed;
      continue;
    }
    const MemoryJob* job = state_.jobs.Find(job_id);
    if (job == nullptr || IsFinal(job->state)) {
      progress.done += batch.items;
      progress.failed += batch.items;
    } else if (job->state == JobState::kRunning) {
      const auto furthest = std::max_element(
          job->progress.begin(), job->progress.end(),
          [](const StepProgress& one, const StepProgress& other) { return one.done < other.done; });
      int64_t done = 0;
      if (furthest != job->progress.end()) {
        done = std::min(furthest->done, batch.items);
        progress.failed += std::min(furthest->failed, batch.items);
      }
      progress.done += done;
      progress.running += batch.items - done;
    }
  }
  return progress;
}

absl::StatusOr<std::vector<StepProgress>> MemoryItemStore::Progress(const std::string& job_id) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<StepProgress> lines;
  const MemoryJob* job = state_.jobs.Find(job_id);
  if (job != nullptr && job->state == JobState::kRunning) lines = job->progress;
  std::vector<const MemoryFanOut*> fan_outs;
  for (const auto& [key, fan_out] : state_.items.FanOutsOf(job_id)) fan_outs.push_back(&fan_out);
  std::sort(fan_outs.begin(), fan_outs.end(),
            [](const auto* one, const auto* other) { return one->sequence < other->sequence; });
  for (const MemoryFanOut* fan_out : fan_outs) {
    const auto line = std::find_if(lines.begin(), lines.end(), [&](const StepProgress& step) {
      return step.step == fan_out->step;
    });
    if (line != lines.end()) {
      *line = ProgressOf(*fan_out);
    } else {
      lines.push_back(ProgressOf(*fan_out));
    }
  }
  return lines;
}

}  // namespace protograph::internal
