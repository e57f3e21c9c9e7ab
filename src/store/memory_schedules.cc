#include "store/memory_schedules.h"

#include <algorithm>

#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"

namespace protograph::internal {

using google::protobuf::util::MessageDifferencer;

MemorySchedule* MemorySchedules::Find(const std::string& name) {
  const auto found = by_name_.find(name);
  return found != by_name_.end() ? &found->second : nullptr;
}

void MemorySchedules::SetDue(MemorySchedule& schedule, absl::Time due_at, bool is_paused) {
  due_.erase(&schedule);
  schedule.due_at = due_at;
  schedule.record.is_paused = is_paused;
  if (!is_paused && due_at != absl::InfiniteFuture()) due_.insert(&schedule);
}

void MemorySchedules::PlanAnew(MemorySchedule& schedule, bool is_paused) {
  schedule.record.revision = ++last_revision_;
  schedule.record.is_planned = false;
  schedule.record.problem.clear();
  SetDue(schedule, absl::InfinitePast(), is_paused);
  events_.NoteDue();
}

bool MemorySchedules::Put(const std::string& name, const ScheduleDefinition& definition,
                          const std::string& source, absl::Time now) {
  const auto [put, is_new] = by_name_.try_emplace(name);
  MemorySchedule& schedule = put->second;
  ScheduleRecord& record = schedule.record;
  if (is_new) {
    schedule.id = ++last_id_;
    by_id_[schedule.id] = &schedule;
    record.name = name;
  } else if (MessageDifferencer::Equals(record.definition, definition) && record.source == source) {
    return false;
  }
  record.definition = definition;
  record.source = source;
  record.changed_at = now;
  // What made it pause itself may be what was changed.
  const bool paused_itself = record.is_paused && !record.problem.empty();
  if (paused_itself) record.failures_in_a_row = 0;
  PlanAnew(schedule, record.is_paused && !paused_itself);
  return is_new;
}

void MemorySchedules::Remove(MemorySchedule& schedule) {
  due_.erase(&schedule);
  by_id_.erase(schedule.id);
  by_name_.erase(by_name_.find(schedule.record.name));
}

void MemorySchedules::Pause(MemorySchedule& schedule) {
  schedule.record.revision = ++last_revision_;
  schedule.record.problem.clear();
  schedule.record.pending_tick.reset();
  SetDue(schedule, schedule.due_at, true);
}

void MemorySchedules::Resume(MemorySchedule& schedule) {
  if (!schedule.record.is_paused) return;
  schedule.record.failures_in_a_row = 0;
  PlanAnew(schedule, false);
}

void MemorySchedules::MoveOn(MemorySchedule& schedule, const ScheduleFiring& firing) {
  ScheduleRecord& record = schedule.record;
  record.revision = ++last_revision_;
  record.missed += firing.missed;
  if (firing.is_manual) return;
  record.is_planned = true;
  record.problem = firing.problem;
  record.next_tick = firing.next_tick;
  if (!firing.ticks.empty()) {
    record.last_tick =
        std::max(record.last_tick.value_or(absl::InfinitePast()), firing.ticks.back().tick);
  }
  SetDue(schedule, firing.due_at, record.is_paused || !firing.problem.empty());
}

void MemorySchedules::NoteFiring(MemorySchedule& schedule, const FiringRecord& firing) {
  const auto [noted, is_new] = schedule.firings.try_emplace(firing.tick, firing);
  if (!is_new && noted->second.outcome != FiringOutcome::kFired) noted->second = firing;
}

void MemorySchedules::NoteEnd(int64_t schedule_id, JobState state) {
  const auto found = by_id_.find(schedule_id);
  if (found == by_id_.end()) return;
  MemorySchedule& schedule = *found->second;
  ScheduleRecord& record = schedule.record;
  if (state == JobState::kSucceeded) record.failures_in_a_row = 0;
  if (state == JobState::kFailed) ++record.failures_in_a_row;
  const int64_t most_failures = record.definition.pause_after_failures();
  if (state == JobState::kFailed && !record.is_paused && most_failures > 0 &&
      record.failures_in_a_row >= most_failures) {
    record.problem =
        fmt::format("paused itself: its last {} jobs have failed; find out why and resume it",
                    record.failures_in_a_row);
    record.pending_tick.reset();
    SetDue(schedule, schedule.due_at, true);
  }
  if (record.pending_tick.has_value()) {
    // Not by a firing that was read before, for which the last job had not ended.
    record.revision = ++last_revision_;
    SetDue(schedule, absl::InfinitePast(), record.is_paused);
    events_.NoteDue();
  }
}

void MemorySchedules::RemoveFirings(absl::Time until) {
  for (auto& [name, schedule] : by_name_) {
    std::erase_if(schedule.firings,
                  [until](const auto& firing) { return firing.second.fired_at <= until; });
  }
}

}  // namespace protograph::internal
