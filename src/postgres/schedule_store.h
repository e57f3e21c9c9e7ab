#ifndef PROTOGRAPH_SRC_POSTGRES_SCHEDULE_STORE_H_
#define PROTOGRAPH_SRC_POSTGRES_SCHEDULE_STORE_H_

// Schedules in Postgres. What is done to them are functions in the database, see
// sql/migrations/0006_schedules.sql; this calls them.

#include <span>
#include <string>
#include <vector>

#include "postgres/database.h"
#include "protograph/store/schedule_store.h"

namespace protograph::internal {

class PostgresScheduleStore final : public ScheduleStore {
 public:
  explicit PostgresScheduleStore(Database& database) : database_(database) {}

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
  // Calls a statement that takes a name and returns whether there is such a schedule.
  absl::Status CallByName(Statement statement, const std::string& name);

  Database& database_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_SCHEDULE_STORE_H_
