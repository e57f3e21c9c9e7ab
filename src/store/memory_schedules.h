#ifndef PROTOGRAPH_SRC_STORE_MEMORY_SCHEDULES_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_SCHEDULES_H_

// The schedules of a MemoryStore and what has become of their ticks, in the order in which they are
// due. Knows nothing of jobs but how they end.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "absl/time/time.h"
#include "protograph/store/schedule_store.h"
#include "store/memory_job_events.h"

namespace protograph::internal {

struct MemorySchedule {
  // Another one than those of all that were there before, also under its name.
  int64_t id = 0;
  // Of the last job it says which, and not whether that is live.
  ScheduleRecord record;
  // When a worker is to look at it, unless it is paused.
  absl::Time due_at = absl::InfiniteFuture();
  // By tick.
  std::map<absl::Time, FiringRecord> firings;
};

struct ByDueAt {
  bool operator()(const MemorySchedule* one, const MemorySchedule* other) const {
    return std::tie(one->due_at, one->id) < std::tie(other->due_at, other->id);
  }
};

// Not thread safe. Pointers to schedules are good until they are removed.
class MemorySchedules {
 public:
  // Must outlive it.
  explicit MemorySchedules(MemoryJobEvents& events) : events_(events) {}
  MemorySchedules(const MemorySchedules&) = delete;
  MemorySchedules& operator=(const MemorySchedules&) = delete;

  // Null where there is none.
  MemorySchedule* Find(const std::string& name);

  // As ScheduleStore says.
  bool Put(const std::string& name, const ScheduleDefinition& definition, const std::string& source,
           absl::Time now);
  void Remove(MemorySchedule& schedule);
  void Pause(MemorySchedule& schedule);
  void Resume(MemorySchedule& schedule);

  // What a firing says beside its ticks, of which the last was that.
  void MoveOn(MemorySchedule& schedule, const ScheduleFiring& firing);
  // A tick that was fired already stays so.
  static void NoteFiring(MemorySchedule& schedule, const FiringRecord& firing);
  // A job of a schedule, which may be removed, has ended so.
  void NoteEnd(int64_t schedule_id, JobState state);

  // Those that are as old as that.
  void RemoveFirings(absl::Time until);

  // Of the next that is not paused; infinite where there is none.
  absl::Time NextDue() const {
    return due_.empty() ? absl::InfiniteFuture() : (*due_.begin())->due_at;
  }
  // Those that are not paused and will be due.
  const std::set<MemorySchedule*, ByDueAt>& due() const { return due_; }
  const std::map<std::string, MemorySchedule>& by_name() const { return by_name_; }

 private:
  void SetDue(MemorySchedule& schedule, absl::Time due_at, bool is_paused);
  // Some worker is to work out its next tick.
  void PlanAnew(MemorySchedule& schedule, bool is_paused);

  MemoryJobEvents& events_;
  int64_t last_id_ = 0;
  int64_t last_revision_ = 0;
  std::map<std::string, MemorySchedule> by_name_;
  std::map<int64_t, MemorySchedule*> by_id_;
  std::set<MemorySchedule*, ByDueAt> due_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_SCHEDULES_H_
