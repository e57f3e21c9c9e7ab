#include "protograph/store/memory_store.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "protograph/clock.h"
#include "store/memory_item_store.h"
#include "store/memory_job_state.h"
#include "store/memory_job_store.h"
#include "store/memory_owners.h"
#include "store/memory_schedule_store.h"

namespace protograph {
namespace {

// Whose a workflow is, of one that has not succeeded. Where its execution failed or was abandoned
// it is nobody's and stays for the next one: what has such a claim can be resumed.
struct Claim {
  std::string execution_id;
  std::string owner_id;
  int64_t term = 0;
  std::optional<absl::Time> released_at;
};

struct LoggedExecution {
  ExecutionRecord record;
  // By the store's clock, where it has ended.
  absl::Time closed_at;
};

struct CheckpointKey {
  std::string output_type;
  Digest input_hash;

  friend bool operator==(const CheckpointKey&, const CheckpointKey&) = default;
  template <class H>
  friend H AbslHashValue(H h, const CheckpointKey& key) {
    return H::combine(std::move(h), key.output_type, key.input_hash);
  }
};

// What happened when, by id, the oldest first.
using ByAge = std::set<std::pair<absl::Time, std::string>>;

absl::Status CheckWrite(const StoreWrite& write) {
  absl::Status status;
  for (const ExecutionStart& start : write.starts) {
    status.Update(CheckWorkflowId(start.workflow_id));
  }
  for (const CheckpointWrite& written : write.checkpoints) {
    status.Update(CheckWorkflowId(written.checkpoint.workflow_id));
  }
  for (const ExecutionEnd& end : write.ends) {
    status.Update(CheckWorkflowId(end.workflow_id));
    if (end.state != ExecutionState::kSucceeded && end.state != ExecutionState::kFailed) {
      status.Update(absl::InvalidArgumentError(
          fmt::format("execution {} cannot end as {}: end it as succeeded or as failed",
                      end.execution_id, ToString(end.state))));
    }
  }
  return status;
}

size_t CountOf(int limit) { return static_cast<size_t>(std::max(limit, 0)); }

// How many rows of one kind a call of Sweep may still remove.
class Batch {
 public:
  Batch(int most, SweepResult& result) : most_(std::max(most, 1)), result_(result) {}

  // Counts one more, or says that there is more to do.
  bool Take() {
    if (taken_ == most_) {
      result_.more = true;
      return false;
    }
    ++taken_;
    return true;
  }
  int64_t taken() const { return taken_; }

 private:
  const int64_t most_;
  SweepResult& result_;
  int64_t taken_ = 0;
};

}  // namespace

// An execution is logged as running exactly while it has a claim that was not released: whoever
// takes a claim over or releases it closes the execution, so that one that is refused is logged as
// abandoned already.
struct MemoryStore::State {
  explicit State(Clock* given)
      : clock(given != nullptr ? *given : Clock::System()),
        owners(clock),
        jobs(clock, owners, job_state),
        schedules(clock, job_state),
        items(clock, job_state) {}

  bool Has(const std::string& execution_id, const std::string& workflow_id) const {
    const auto claim = claims.find(workflow_id);
    return claim != claims.end() && claim->second.execution_id == execution_id &&
           !claim->second.released_at.has_value();
  }

  // Whether the log says that already.
  bool IsRepeated(const ExecutionEnd& end) const {
    const auto found = log.find(end.execution_id);
    return found != log.end() && found->second.record.workflow_id == end.workflow_id &&
           found->second.record.state == end.state;
  }

  void Close(const std::string& execution_id, ExecutionState state, absl::Time ended_at) {
    LoggedExecution& logged = log.at(execution_id);
    logged.record.state = state;
    logged.record.ended_at = ended_at;
    logged.closed_at = clock.Now();
    closed.emplace(logged.closed_at, execution_id);
  }

  void Release(const std::string& workflow_id, Claim& claim) {
    claim.released_at = clock.Now();
    released.emplace(*claim.released_at, workflow_id);
  }

  // The term, or nothing where it is refused.
  std::optional<int64_t> Start(const ExecutionStart& start) {
    if (const auto logged = log.find(start.execution_id); logged != log.end()) {
      // Said again, perhaps after its end: the answer is what it was.
      const ExecutionRecord& before = logged->second.record;
      if (before.workflow_id != start.workflow_id) return std::nullopt;
      if (before.state == ExecutionState::kAbandoned) return std::nullopt;
      return before.term;
    }
    Claim& claim = claims[start.workflow_id];
    const bool is_taken = !claim.execution_id.empty() && !claim.released_at.has_value();
    if (is_taken && owners.IsAlive(claim.owner_id)) return std::nullopt;
    if (is_taken) Close(claim.execution_id, ExecutionState::kAbandoned, clock.Now());
    if (claim.released_at.has_value()) released.erase({*claim.released_at, start.workflow_id});
    claim = {start.execution_id, start.owner_id, ++last_term, std::nullopt};
    log[start.execution_id] = {{.execution_id = start.execution_id,
                                .workflow_id = start.workflow_id,
                                .owner_id = start.owner_id,
                                .graph = start.graph,
                                .fingerprint = start.fingerprint,
                                .output_type = start.output_type,
                                .state = ExecutionState::kRunning,
                                .attempt = start.attempt,
                                .term = claim.term,
                                .failed_step = "",
                                .error = "",
                                .started_at = start.started_at,
                                .ended_at = std::nullopt},
                               absl::InfiniteFuture()};
    executions[start.workflow_id].push_back(start.execution_id);
    return claim.term;
  }

  void Keep(const Checkpoint& checkpoint) {
    checkpoints[checkpoint.workflow_id].insert_or_assign(
        CheckpointKey{checkpoint.output_type, checkpoint.input_hash}, checkpoint);
  }

  void End(const ExecutionEnd& end) {
    Close(end.execution_id, end.state, end.ended_at);
    if (end.state == ExecutionState::kSucceeded) {
      if (end.keeps_results) {
        absl::erase_if(checkpoints[end.workflow_id],
                       [](const auto& checkpoint) { return !checkpoint.second.step.empty(); });
        Release(end.workflow_id, claims.at(end.workflow_id));
        return;
      }
      claims.erase(end.workflow_id);
      checkpoints.erase(end.workflow_id);
      return;
    }
    ExecutionRecord& record = log.at(end.execution_id).record;
    record.failed_step = end.failed_step;
    record.error = end.error;
    Release(end.workflow_id, claims.at(end.workflow_id));
  }

  void SweepAbandoned(Batch batch, SweepResult& result) {
    for (auto& [workflow_id, claim] : claims) {
      if (claim.released_at.has_value() || owners.IsAlive(claim.owner_id)) continue;
      if (!batch.Take()) break;
      Close(claim.execution_id, ExecutionState::kAbandoned, clock.Now());
      Release(workflow_id, claim);
    }
    result.abandoned = batch.taken();
  }

  // With its checkpoints a workflow is forgotten, and cannot be resumed any more.
  void SweepCheckpoints(Batch batch, Batch forgotten, absl::Duration age, SweepResult& result) {
    const absl::Time now = clock.Now();
    bool has_room = true;
    while (has_room && !released.empty() && released.begin()->first + age <= now) {
      const std::string workflow_id = released.begin()->second;
      auto& of_workflow = checkpoints[workflow_id];
      while (!of_workflow.empty() && (has_room = batch.Take())) {
        of_workflow.erase(of_workflow.begin());
      }
      has_room = has_room && forgotten.Take();
      if (!has_room) break;
      checkpoints.erase(workflow_id);
      claims.erase(workflow_id);
      released.erase(released.begin());
    }
    result.checkpoints = batch.taken();
  }

  void SweepExecutions(Batch batch, absl::Duration age, SweepResult& result) {
    const absl::Time now = clock.Now();
    for (auto it = closed.begin(); it != closed.end() && it->first + age <= now;) {
      const std::string& execution_id = it->second;
      const std::string& workflow_id = log.at(execution_id).record.workflow_id;
      const auto claim = claims.find(workflow_id);
      if (claim != claims.end() && claim->second.execution_id == execution_id) {
        ++it;  // can be resumed
        continue;
      }
      if (!batch.Take()) break;
      std::vector<std::string>& of_workflow = executions.at(workflow_id);
      of_workflow.erase(std::find(of_workflow.begin(), of_workflow.end(), execution_id));
      if (of_workflow.empty()) executions.erase(workflow_id);
      log.erase(execution_id);
      it = closed.erase(it);
    }
    result.executions = batch.taken();
  }

  void SweepOwners(Batch batch, absl::Duration age, SweepResult& result) {
    owners.Forget(age, [&] { return batch.Take(); });
    result.owners = batch.taken();
  }

  Clock& clock;
  internal::MemoryOwners owners;
  internal::MemoryJobState job_state;
  internal::MemoryJobStore jobs;
  internal::MemoryScheduleStore schedules;
  internal::MemoryItemStore items;
  // Of what follows.
  std::mutex mutex;
  int64_t last_term = 0;
  // By workflow; in order, for Resumable.
  std::map<std::string, Claim> claims;
  absl::flat_hash_map<std::string, absl::flat_hash_map<CheckpointKey, Checkpoint>> checkpoints;
  // By execution.
  absl::flat_hash_map<std::string, LoggedExecution> log;
  // By workflow, the executions in `log`, by term.
  absl::flat_hash_map<std::string, std::vector<std::string>> executions;
  // Workflows whose claim was released, and executions that have ended.
  ByAge released;
  ByAge closed;
};

MemoryStore::MemoryStore(Clock* clock) : state_(std::make_unique<State>(clock)) {}

MemoryStore::~MemoryStore() = default;

JobStore* MemoryStore::jobs() { return &state_->jobs; }

ScheduleStore* MemoryStore::schedules() { return &state_->schedules; }

ItemStore* MemoryStore::items() { return &state_->items; }

absl::StatusOr<std::vector<Neighbour>> MemoryStore::Register(const Owner& owner,
                                                             absl::Duration lease) {
  return state_->owners.Register(owner, lease);
}

absl::Status MemoryStore::Heartbeat(const std::string& owner_id, absl::Duration lease) {
  return state_->owners.Heartbeat(owner_id, lease);
}

absl::Status MemoryStore::DeclareDead(const std::string& owner_id) {
  state_->owners.DeclareDead(owner_id);
  return absl::OkStatus();
}

absl::StatusOr<StoreWriteResult> MemoryStore::Write(const StoreWrite& write) {
  // Nothing can fail after this, so that all of it is applied.
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_->mutex);
  StoreWriteResult result;
  absl::flat_hash_set<std::string_view> refused;
  const auto refuse = [&](const std::string& execution_id) {
    if (refused.insert(execution_id).second) result.refused.push_back(execution_id);
  };
  absl::flat_hash_set<std::string_view> over;
  for (const ExecutionEnd& end : write.ends) {
    if (state_->IsRepeated(end)) over.insert(end.execution_id);
  }
  for (const ExecutionStart& start : write.starts) {
    if (const std::optional<int64_t> term = state_->Start(start); term.has_value()) {
      result.claimed.push_back({start.execution_id, *term});
    } else {
      refuse(start.execution_id);
    }
  }
  for (const CheckpointWrite& written : write.checkpoints) {
    const std::string& execution_id = written.execution_id;
    if (over.contains(execution_id) || refused.contains(execution_id)) continue;
    if (state_->Has(execution_id, written.checkpoint.workflow_id)) {
      state_->Keep(written.checkpoint);
    } else {
      refuse(execution_id);
    }
  }
  for (const ExecutionEnd& end : write.ends) {
    if (refused.contains(end.execution_id) || state_->IsRepeated(end)) continue;
    if (state_->Has(end.execution_id, end.workflow_id)) {
      state_->End(end);
    } else {
      refuse(end.execution_id);
    }
  }
  return result;
}

absl::StatusOr<std::vector<Checkpoint>> MemoryStore::Load(const std::string& workflow_id) {
  if (absl::Status status = CheckWorkflowId(workflow_id); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<Checkpoint> loaded;
  const auto found = state_->checkpoints.find(workflow_id);
  if (found == state_->checkpoints.end()) return loaded;
  loaded.reserve(found->second.size());
  for (const auto& [key, checkpoint] : found->second) loaded.push_back(checkpoint);
  return loaded;
}

absl::StatusOr<std::vector<ExecutionRecord>> MemoryStore::Resumable(
    const std::string& after_workflow_id, int limit) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<ExecutionRecord> records;
  for (auto it = state_->claims.upper_bound(after_workflow_id);
       it != state_->claims.end() && records.size() < CountOf(limit); ++it) {
    const Claim& claim = it->second;
    if (!claim.released_at.has_value() && state_->owners.IsAlive(claim.owner_id)) continue;
    const ExecutionRecord& last = state_->log.at(claim.execution_id).record;
    if (last.state == ExecutionState::kSucceeded) continue;
    records.push_back(last);
    ExecutionState& state = records.back().state;
    if (state == ExecutionState::kRunning) state = ExecutionState::kAbandoned;
  }
  return records;
}

absl::StatusOr<std::vector<ExecutionRecord>> MemoryStore::Executions(const std::string& workflow_id,
                                                                     int limit) {
  if (absl::Status status = CheckWorkflowId(workflow_id); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<ExecutionRecord> records;
  const auto found = state_->executions.find(workflow_id);
  if (found == state_->executions.end()) return records;
  const std::vector<std::string>& executions = found->second;
  for (auto it = executions.rbegin(); it != executions.rend() && records.size() < CountOf(limit);
       ++it) {
    records.push_back(state_->log.at(*it).record);
  }
  return records;
}

absl::StatusOr<SweepResult> MemoryStore::Sweep(const Retention& retention) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  SweepResult result;
  const Batch batch(retention.batch, result);
  state_->SweepAbandoned(batch, result);
  state_->SweepCheckpoints(batch, batch, retention.checkpoints, result);
  state_->SweepExecutions(batch, retention.executions, result);
  state_->SweepOwners(batch, retention.owners, result);
  return result;
}

}  // namespace protograph
