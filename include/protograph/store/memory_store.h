#ifndef PROTOGRAPH_STORE_MEMORY_STORE_H_
#define PROTOGRAPH_STORE_MEMORY_STORE_H_

// MemoryStore: a store that lives as long as its object. For tests, and for programs that name no
// database. Complete: it behaves as PostgresStore does, and nothing outlives the process.
//
//   auto store = std::make_shared<MemoryStore>();

#include <memory>
#include <string>
#include <vector>

#include "protograph/store/store.h"

namespace protograph {

class Clock;

class MemoryStore : public Store {
 public:
  // Leases and ages are by this clock, which must outlive the store. Null: Clock::System().
  explicit MemoryStore(Clock* clock = nullptr);
  ~MemoryStore() override;
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  JobStore* jobs() override;
  ScheduleStore* schedules() override;
  ItemStore* items() override;
  absl::StatusOr<std::vector<Neighbour>> Register(const Owner& owner,
                                                  absl::Duration lease) override;
  absl::Status Heartbeat(const std::string& owner_id, absl::Duration lease) override;
  absl::Status DeclareDead(const std::string& owner_id) override;
  absl::StatusOr<StoreWriteResult> Write(const StoreWrite& write) override;
  absl::StatusOr<std::vector<Checkpoint>> Load(const std::string& workflow_id) override;
  absl::StatusOr<std::vector<ExecutionRecord>> Resumable(const std::string& after_workflow_id,
                                                         int limit) override;
  absl::StatusOr<std::vector<ExecutionRecord>> Executions(const std::string& workflow_id,
                                                          int limit) override;
  absl::StatusOr<SweepResult> Sweep(const Retention& retention) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_STORE_MEMORY_STORE_H_
