// JobStore::Maintain of a MemoryJobStore.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "store/memory_job_store.h"

namespace protograph::internal {

int64_t MemoryJobStore::Promote(absl::Time now, int64_t most) {
  int64_t promoted = 0;
  while (promoted < most && !jobs_.scheduled().empty()) {
    MemoryJob& job = **jobs_.scheduled().begin();
    if (job.due_at > now) break;
    jobs_.Queue(job, now);
    ++promoted;
  }
  return promoted;
}

void MemoryJobStore::ReturnFromDead(const MaintainOptions& options, absl::Time now,
                                    MaintainResult& result) {
  std::vector<MemoryJob*> lost;
  for (const auto& [owner_id, jobs] : jobs_.running()) {
    if (owners_.IsDeclaredDead(owner_id)) lost.insert(lost.end(), jobs.begin(), jobs.end());
  }
  const auto batch = static_cast<size_t>(std::max(options.batch, 1));
  if (lost.size() > batch) {
    lost.resize(batch);
    result.more = true;
  }
  for (MemoryJob* job : lost) Return(*job, options, now, result);
}

void MemoryJobStore::Return(MemoryJob& job, const MaintainOptions& options, absl::Time now,
                            MaintainResult& result) {
  if (job.is_suspect && job.is_started) ++job.crashes;
  if (job.is_suspect && job.crashes >= options.most_crashes) {
    job.error_code = static_cast<int>(absl::StatusCode::kAborted);
    job.error = fmt::format(
        "set aside: {} workers died while they ran this job; find out in their logs what it does "
        "to them before you retry it",
        job.crashes);
    job.failed_step.clear();
    jobs_.Finish(job, JobState::kFailed, now);
    ++result.set_aside;
    return;
  }
  // What may be the worker's fault is not held against the job, beside its crashes.
  job.is_suspect = true;
  --job.attempt;
  if (job.cancel_requested) {
    job.error_code = static_cast<int>(absl::StatusCode::kCancelled);
    job.error = "cancelling was requested, and then its worker died";
    job.failed_step.clear();
    jobs_.Finish(job, JobState::kCancelled, now);
    return;
  }
  jobs_.Queue(job, now);
  ++result.returned;
}

void MemoryJobStore::SeeToItems(const MaintainOptions& options, absl::Time now,
                                MaintainResult& result) {
  const auto batch = static_cast<size_t>(std::max(options.batch, 1));
  std::vector<MemoryJob*> resumed;
  for (MemoryJob* parent : jobs_.parents()) {
    const MemoryFanOut* last = state_.items.LastOf(parent->id());
    const bool is_late = last != nullptr && last->deadline <= now;
    if (is_late || !jobs_.HasOpenBatches(parent->id())) resumed.push_back(parent);
  }
  if (resumed.size() > batch) {
    resumed.resize(batch);
    result.more = true;
  }
  for (MemoryJob* parent : resumed) jobs_.Resume(*parent);
  size_t ended = 0;
  std::vector<std::string> forgotten;
  for (const auto& [parent_id, fan_outs] : state_.items.by_parent()) {
    const MemoryJob* parent = jobs_.Find(parent_id);
    if (parent != nullptr && !IsFinal(parent->state)) continue;
    if (ended == batch) {
      result.more = true;
      break;
    }
    bool is_news = jobs_.CancelBatches({.parent_id = parent_id}, now);
    // One that has not succeeded may be retried.
    if (parent == nullptr || parent->state == JobState::kSucceeded) {
      forgotten.push_back(parent_id);
      is_news = true;
    }
    if (is_news) ++ended;
  }
  for (const std::string& parent_id : forgotten) state_.items.Forget(parent_id);
}

void MemoryJobStore::RemoveOld(const MaintainOptions& options, absl::Time now,
                               MaintainResult& result) {
  const int64_t batch = std::max(options.batch, 1);
  const auto remove = [&](const std::set<MemoryJob*, ByFinishTime>& finished, absl::Duration age) {
    while (!finished.empty() && (*finished.begin())->finished_at + age <= now) {
      if (result.removed == batch) {
        result.more = true;
        return;
      }
      jobs_.Remove(**finished.begin());
      ++result.removed;
    }
  };
  remove(jobs_.done(), options.keep_succeeded);
  remove(jobs_.failed(), options.keep_failed);
}

void MemoryJobStore::ForgetOwners() {
  for (auto it = permits_.begin(); it != permits_.end();) {
    it->second.ForgetDead([this](const std::string& id) { return owners_.IsAlive(id); });
    it = it->second.empty() ? permits_.erase(it) : std::next(it);
  }
  for (auto it = workers_.begin(); it != workers_.end();) {
    if (!owners_.IsAlive(it->first)) events_.Awake(it->first);
    it = owners_.Find(it->first).has_value() ? std::next(it) : workers_.erase(it);
  }
}

NextDue MemoryJobStore::FindNextDue(absl::Time now) const {
  absl::Time next = absl::InfiniteFuture();
  if (!jobs_.scheduled().empty()) next = (*jobs_.scheduled().begin())->due_at;
  const absl::Time next_schedule = state_.schedules.NextDue();
  NextDue due = {.has_due_schedules = next_schedule <= now};
  // Those that are due are for the caller to see to.
  if (!due.has_due_schedules) next = std::min(next, next_schedule);
  due.next_due = std::max(absl::ZeroDuration(), next - now);
  return due;
}

absl::StatusOr<NextDue> MemoryJobStore::FindNextDue() {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  return FindNextDue(clock_.Now());
}

absl::StatusOr<MaintainResult> MemoryJobStore::Maintain(const MaintainOptions& options) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const absl::Time now = clock_.Now();
  MaintainResult result;
  result.promoted = Promote(now, std::max(options.batch, 1));
  if (options.lapsed_are_dead) owners_.DeclareLapsedDead();
  ReturnFromDead(options, now, result);
  SeeToItems(options, now, result);
  RemoveOld(options, now, result);
  state_.schedules.RemoveFirings(now - options.keep_succeeded);
  ForgetOwners();
  const NextDue due = FindNextDue(now);
  result.next_due = due.next_due;
  result.has_due_schedules = due.has_due_schedules;
  // Jobs that are due and were too many for this call.
  result.more =
      result.more || (!jobs_.scheduled().empty() && (*jobs_.scheduled().begin())->due_at <= now);
  return result;
}

}  // namespace protograph::internal
