#include "store/memory_schedule_store.h"

#include <cstdint>
#include <mutex>

#include "fmt/format.h"
#include "store/schedule_checks.h"

namespace protograph::internal {

absl::Status MemoryScheduleStore::With(const std::string& name,
                                       const std::function<void(MemorySchedule&)>& call) {
  if (absl::Status status = CheckScheduleName(name); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  MemorySchedule* schedule = state_.schedules.Find(name);
  if (schedule == nullptr) {
    return absl::NotFoundError(
        fmt::format("there is no schedule {}: it was never made, or is over or removed", name));
  }
  call(*schedule);
  return absl::OkStatus();
}

absl::StatusOr<bool> MemoryScheduleStore::PutSchedule(const std::string& name,
                                                      const ScheduleDefinition& definition,
                                                      const std::string& source) {
  if (absl::Status status = CheckSchedule(name, definition, source); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  return state_.schedules.Put(name, definition, source, clock_.Now());
}

absl::Status MemoryScheduleStore::RemoveSchedule(const std::string& name) {
  return With(name, [this](MemorySchedule& schedule) { state_.schedules.Remove(schedule); });
}

absl::Status MemoryScheduleStore::PauseSchedule(const std::string& name) {
  return With(name, [this](MemorySchedule& schedule) { state_.schedules.Pause(schedule); });
}

absl::Status MemoryScheduleStore::ResumeSchedule(const std::string& name) {
  return With(name, [this](MemorySchedule& schedule) { state_.schedules.Resume(schedule); });
}

MemoryJob* MemoryScheduleStore::LiveJobOf(const ScheduleRecord& record) {
  MemoryJob* job = state_.jobs.Find(record.last_job_id);
  return job != nullptr && !IsFinal(job->state) ? job : nullptr;
}

ScheduleRecord MemoryScheduleStore::ToRecord(const MemorySchedule& schedule) {
  ScheduleRecord record = schedule.record;
  record.is_last_job_live = LiveJobOf(record) != nullptr;
  return record;
}

absl::StatusOr<ScheduleRecord> MemoryScheduleStore::GetSchedule(const std::string& name) {
  ScheduleRecord record;
  absl::Status status = With(name, [&](MemorySchedule& schedule) { record = ToRecord(schedule); });
  if (!status.ok()) return status;
  return record;
}

absl::StatusOr<std::vector<ScheduleRecord>> MemoryScheduleStore::ListSchedules(
    const std::string& after, int limit) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const std::map<std::string, MemorySchedule>& by_name = state_.schedules.by_name();
  std::vector<ScheduleRecord> records;
  for (auto it = by_name.upper_bound(after);
       it != by_name.end() && static_cast<int64_t>(records.size()) < limit; ++it) {
    records.push_back(ToRecord(it->second));
  }
  return records;
}

absl::StatusOr<std::vector<FiringRecord>> MemoryScheduleStore::ListFirings(const std::string& name,
                                                                           int limit) {
  std::vector<FiringRecord> records;
  absl::Status status = With(name, [&](MemorySchedule& schedule) {
    for (auto it = schedule.firings.rbegin();
         it != schedule.firings.rend() && static_cast<int64_t>(records.size()) < limit; ++it) {
      records.push_back(it->second);
    }
  });
  if (!status.ok()) return status;
  return records;
}

absl::StatusOr<DueSchedules> MemoryScheduleStore::FindDueSchedules(int limit) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  DueSchedules due = {.schedules = {}, .now = clock_.Now()};
  for (const MemorySchedule* schedule : state_.schedules.due()) {
    if (schedule->due_at > due.now || static_cast<int64_t>(due.schedules.size()) >= limit) break;
    due.schedules.push_back(ToRecord(*schedule));
  }
  return due;
}

absl::StatusOr<std::vector<FiringResult>> MemoryScheduleStore::FireSchedules(
    const std::string& owner_id, std::span<const ScheduleFiring> firings) {
  // Nothing can fail after this, so that all of it is done.
  if (absl::Status status = CheckFirings(firings); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const absl::Time now = clock_.Now();
  std::vector<FiringResult> results;
  results.reserve(firings.size());
  for (const ScheduleFiring& firing : firings) results.push_back(Fire(owner_id, firing, now));
  return results;
}

FiringResult MemoryScheduleStore::Fire(const std::string& owner_id, const ScheduleFiring& firing,
                                       absl::Time now) {
  FiringResult result;
  MemorySchedule* schedule = state_.schedules.Find(firing.name);
  if (schedule == nullptr || schedule->record.revision != firing.revision) return result;
  if (schedule->record.is_paused && !firing.is_manual) return result;
  result.is_done = true;
  for (const TickFiring& tick : firing.ticks) {
    const FiringOutcome outcome = FireTick(*schedule, tick, now);
    if (outcome == FiringOutcome::kFired && !firing.is_manual) {
      schedule->record.last_run_tick = tick.tick;
    }
    MemorySchedules::NoteFiring(*schedule,
                                {.schedule = firing.name,
                                 .tick = tick.tick,
                                 .outcome = outcome,
                                 .job_id = outcome == FiringOutcome::kFired ? tick.job.job_id : "",
                                 .fired_at = now,
                                 .owner_id = owner_id});
    result.outcomes.push_back(outcome);
  }
  if (firing.is_over) {
    state_.schedules.Remove(*schedule);
  } else {
    state_.schedules.MoveOn(*schedule, firing);
  }
  return result;
}

FiringOutcome MemoryScheduleStore::FireTick(MemorySchedule& schedule, const TickFiring& tick,
                                            absl::Time now) {
  ScheduleRecord& record = schedule.record;
  if (record.pending_tick == tick.tick) record.pending_tick.reset();
  const MemoryQueue* queue = state_.jobs.FindQueue(tick.job.queue);
  if (queue != nullptr && queue->record.settings.mode == QueueMode::kDraining) {
    return FiringOutcome::kRefused;
  }
  ScheduleDefinition::Overlap overlap = record.definition.overlap();
  // A paused one is looked at by nobody: its tick would be pending for ever.
  if (record.is_paused && overlap != ScheduleDefinition::OVERLAP_ALLOW) {
    overlap = ScheduleDefinition::OVERLAP_SKIP;
  }
  MemoryJob* earlier = overlap != ScheduleDefinition::OVERLAP_ALLOW ? LiveJobOf(record) : nullptr;
  const bool cancels = overlap == ScheduleDefinition::OVERLAP_CANCEL_RUNNING;
  if (earlier != nullptr && cancels && state_.jobs.Cancel(*earlier, now) != JobState::kRunning) {
    earlier = nullptr;
  }
  if (earlier == nullptr) {
    // Else this is said twice.
    if (state_.jobs.Find(tick.job.job_id) == nullptr) {
      state_.jobs.Add(tick.job, now).schedule_id = schedule.id;
    }
    record.last_job_id = tick.job.job_id;
    ++record.runs;
    return FiringOutcome::kFired;
  }
  if (!cancels && overlap != ScheduleDefinition::OVERLAP_QUEUE_ONE) {
    ++record.overlapped;
    return FiringOutcome::kOverlapped;
  }
  // It takes the place of another.
  if (record.pending_tick.has_value()) ++record.overlapped;
  record.pending_tick = tick.tick;
  return FiringOutcome::kPending;
}

}  // namespace protograph::internal
