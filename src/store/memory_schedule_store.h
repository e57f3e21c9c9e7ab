#ifndef PROTOGRAPH_SRC_STORE_MEMORY_SCHEDULE_STORE_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_SCHEDULE_STORE_H_

// Where a MemoryStore keeps schedules, under the lock of its jobs.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "protograph/clock.h"
#include "protograph/store/schedule_store.h"
#include "store/memory_job_state.h"

namespace protograph::internal {

class MemoryScheduleStore final : public ScheduleStore {
 public:
  // Both must outlive it.
  MemoryScheduleStore(Clock& clock, MemoryJobState& state) : clock_(clock), state_(state) {}
  MemoryScheduleStore(const MemoryScheduleStore&) = delete;
  MemoryScheduleStore& operator=(const MemoryScheduleStore&) = delete;

  absl::StatusOr<bool> PutSchedule(const std::string& name, const ScheduleDefinition& definition,
                                   const std::string& source) override;
  absl::Status RemoveSchedule(const std::string& name) override;
  absl::Status PauseSchedule(const std::string& name) override;
  absl::Status ResumeSchedule(const std::string& name) override;
  absl::StatusOr<ScheduleRecord> GetSchedule(const std::string& name) override;
  absl::StatusOr<std::vector<ScheduleRecord>> ListSchedules(const std::string& after,
                                                            int limit) override;
  absl::StatusOr<std::vector<FiringRecord>> ListFirings(const std::string& name,
                                                        int limit) override;
  absl::StatusOr<DueSchedules> FindDueSchedules(int limit) override;
  absl::StatusOr<std::vector<FiringResult>> FireSchedules(
      const std::string& owner_id, std::span<const ScheduleFiring> firings) override;

 private:
  // Under the lock, of the schedule of this name.
  absl::Status With(const std::string& name, const std::function<void(MemorySchedule&)>& call);

  // All that follows: the state's lock is held.

  // The last job of a schedule, unless that has finished: null.
  MemoryJob* LiveJobOf(const ScheduleRecord& record);
  ScheduleRecord ToRecord(const MemorySchedule& schedule);
  FiringResult Fire(const std::string& owner_id, const ScheduleFiring& firing, absl::Time now);
  FiringOutcome FireTick(MemorySchedule& schedule, const TickFiring& tick, absl::Time now);

  Clock& clock_;
  MemoryJobState& state_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_SCHEDULE_STORE_H_
