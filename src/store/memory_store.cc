#include "protograph/store/memory_store.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "protograph/clock.h"

namespace protograph {
namespace {

struct OwnerEntry {
  Owner owner;
  absl::Time lease_until;
};

struct Claim {
  std::string execution_id;
  std::string owner_id;
  int64_t term;
};

struct Kept {
  Checkpoint checkpoint;
  absl::Time written_at;
};

using CheckpointKey = std::pair<std::string, std::pair<uint64_t, uint64_t>>;

CheckpointKey KeyOf(const Checkpoint& checkpoint) {
  return {checkpoint.output_type, {checkpoint.input_hash.high, checkpoint.input_hash.low}};
}

struct Workflow {
  // In the order in which they began.
  std::vector<std::string> executions;
  std::map<CheckpointKey, Kept> checkpoints;
  std::optional<Claim> claim;
};

struct Logged {
  ExecutionRecord record;
  // By the store's clock.
  absl::Time ended_at;
};

}  // namespace

struct MemoryStore::State {
  explicit State(Clock* given) : clock(given != nullptr ? *given : Clock::System()) {}

  bool IsAlive(const std::string& owner_id) const {
    const auto found = owners.find(owner_id);
    return found != owners.end() && found->second.lease_until > clock.Now();
  }

  void Abandon(const std::string& execution_id) {
    const auto found = log.find(execution_id);
    if (found == log.end() || found->second.record.state != ExecutionState::kRunning) return;
    found->second.record.state = ExecutionState::kAbandoned;
    found->second.record.ended_at = found->second.ended_at = clock.Now();
  }

  // Whether the execution has its workflow afterwards.
  bool Start(const ExecutionStart& start, StoreWriteResult& result) {
    Workflow& workflow = workflows[start.workflow_id];
    std::optional<Claim>& claim = workflow.claim;
    if (claim.has_value() && claim->execution_id == start.execution_id) {
      result.claimed.push_back({start.execution_id, claim->term});
      return true;
    }
    const auto logged = log.find(start.execution_id);
    const bool is_over = logged != log.end();
    if (is_over || (claim.has_value() && IsAlive(claim->owner_id))) return false;
    if (claim.has_value()) Abandon(claim->execution_id);
    claim = {start.execution_id, start.owner_id, ++last_term};
    ExecutionRecord record = {.execution_id = start.execution_id,
                              .workflow_id = start.workflow_id,
                              .owner_id = start.owner_id,
                              .graph = start.graph,
                              .fingerprint = start.fingerprint,
                              .output_type = start.output_type,
                              .attempt = start.attempt,
                              .term = claim->term,
                              .failed_step = "",
                              .error = "",
                              .started_at = start.started_at,
                              .ended_at = std::nullopt};
    log[start.execution_id] = {std::move(record), absl::InfiniteFuture()};
    workflow.executions.push_back(start.execution_id);
    result.claimed.push_back({start.execution_id, claim->term});
    return true;
  }

  bool Owns(const std::string& execution_id, const std::string& workflow_id) const {
    const auto found = workflows.find(workflow_id);
    return found != workflows.end() && found->second.claim.has_value() &&
           found->second.claim->execution_id == execution_id;
  }

  void Forget(const std::string& workflow_id) {
    const auto found = workflows.find(workflow_id);
    if (found == workflows.end()) return;
    const Workflow& workflow = found->second;
    if (workflow.executions.empty() && workflow.checkpoints.empty() &&
        !workflow.claim.has_value()) {
      workflows.erase(found);
    }
  }

  Clock& clock;
  std::mutex mutex;
  int64_t last_term = 0;
  absl::flat_hash_map<std::string, OwnerEntry> owners;
  absl::flat_hash_map<std::string, Logged> log;  // by execution
  std::map<std::string, Workflow> workflows;     // in order, for paging
};

MemoryStore::MemoryStore(Clock* clock) : state_(std::make_unique<State>(clock)) {}

MemoryStore::~MemoryStore() = default;

absl::StatusOr<std::vector<Neighbour>> MemoryStore::Register(const Owner& owner,
                                                             absl::Duration lease) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<Neighbour> neighbours;
  for (const auto& [id, entry] : state_->owners) {
    if (owner.host.empty() || entry.owner.host != owner.host || id == owner.owner_id) continue;
    if (state_->IsAlive(id)) neighbours.push_back({id, entry.owner.process_id});
  }
  state_->owners[owner.owner_id] = {owner, state_->clock.Now() + lease};
  return neighbours;
}

absl::Status MemoryStore::Heartbeat(const std::string& owner_id, absl::Duration lease) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (!state_->IsAlive(owner_id)) {
    return absl::NotFoundError(
        fmt::format("the owner {} is not registered, or was taken for dead", owner_id));
  }
  state_->owners[owner_id].lease_until = state_->clock.Now() + lease;
  return absl::OkStatus();
}

absl::Status MemoryStore::DeclareDead(const std::string& owner_id) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const auto found = state_->owners.find(owner_id);
  if (found != state_->owners.end()) {
    found->second.lease_until = std::min(found->second.lease_until, state_->clock.Now());
  }
  return absl::OkStatus();
}

absl::StatusOr<StoreWriteResult> MemoryStore::Write(const StoreWrite& write) {
  for (const ExecutionStart& start : write.starts) {
    if (absl::Status status = CheckWorkflowId(start.workflow_id); !status.ok()) return status;
  }
  const std::lock_guard<std::mutex> lock(state_->mutex);
  StoreWriteResult result;
  absl::flat_hash_set<std::string> refused;
  const auto refuse = [&](const std::string& execution_id) {
    if (!refused.insert(execution_id).second) return;
    result.refused.push_back(execution_id);
    state_->Abandon(execution_id);
  };
  for (const ExecutionStart& start : write.starts) {
    if (!state_->Start(start, result)) refuse(start.execution_id);
  }
  for (const CheckpointWrite& kept : write.checkpoints) {
    if (!state_->Owns(kept.execution_id, kept.checkpoint.workflow_id)) {
      refuse(kept.execution_id);
      continue;
    }
    state_->workflows[kept.checkpoint.workflow_id].checkpoints.insert_or_assign(
        KeyOf(kept.checkpoint), Kept{kept.checkpoint, state_->clock.Now()});
  }
  for (const ExecutionEnd& end : write.ends) {
    const auto logged = state_->log.find(end.execution_id);
    const bool is_known =
        logged != state_->log.end() && logged->second.record.workflow_id == end.workflow_id;
    // Said again, after an answer that was lost.
    if (is_known && logged->second.record.state == end.state) continue;
    if (!is_known || !state_->Owns(end.execution_id, end.workflow_id)) {
      refuse(end.execution_id);
      continue;
    }
    ExecutionRecord& record = logged->second.record;
    record.state = end.state;
    record.failed_step = end.failed_step;
    record.error = end.error;
    record.ended_at = end.ended_at;
    logged->second.ended_at = state_->clock.Now();
    Workflow& workflow = state_->workflows[end.workflow_id];
    workflow.claim.reset();
    if (end.state == ExecutionState::kSucceeded) workflow.checkpoints.clear();
  }
  return result;
}

absl::StatusOr<std::vector<Checkpoint>> MemoryStore::Load(const std::string& workflow_id) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<Checkpoint> checkpoints;
  const auto found = state_->workflows.find(workflow_id);
  if (found == state_->workflows.end()) return checkpoints;
  for (const auto& [key, kept] : found->second.checkpoints) {
    checkpoints.push_back(kept.checkpoint);
  }
  return checkpoints;
}

absl::StatusOr<std::vector<ExecutionRecord>> MemoryStore::Resumable(
    const std::string& after_workflow_id, int limit) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<ExecutionRecord> records;
  for (auto it = state_->workflows.upper_bound(after_workflow_id); it != state_->workflows.end();
       ++it) {
    if (records.size() >= static_cast<size_t>(std::max(limit, 0))) break;
    const Workflow& workflow = it->second;
    if (workflow.executions.empty()) continue;
    ExecutionRecord record = state_->log.at(workflow.executions.back()).record;
    if (workflow.claim.has_value()) {
      if (state_->IsAlive(workflow.claim->owner_id)) continue;
      record.state = ExecutionState::kAbandoned;
    }
    if (record.state != ExecutionState::kSucceeded) records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<std::vector<ExecutionRecord>> MemoryStore::Executions(const std::string& workflow_id,
                                                                     int limit) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<ExecutionRecord> records;
  const auto found = state_->workflows.find(workflow_id);
  if (found == state_->workflows.end()) return records;
  const std::vector<std::string>& executions = found->second.executions;
  for (size_t i = executions.size(); i-- > 0;) {
    if (records.size() >= static_cast<size_t>(std::max(limit, 0))) break;
    records.push_back(state_->log.at(executions[i]).record);
  }
  return records;
}

absl::StatusOr<SweepResult> MemoryStore::Sweep(const Retention& retention) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const absl::Time now = state_->clock.Now();
  SweepResult result;
  std::vector<std::string> emptied;
  const auto has_room = [&](int64_t removed) {
    result.more |= removed >= retention.batch;
    return removed < retention.batch;
  };
  for (auto& [id, workflow] : state_->workflows) {
    if (workflow.claim.has_value()) {
      if (state_->IsAlive(workflow.claim->owner_id) || !has_room(result.abandoned)) continue;
      state_->Abandon(workflow.claim->execution_id);
      workflow.claim.reset();
      ++result.abandoned;
    }
    const bool is_old =
        workflow.executions.empty() ||
        state_->log.at(workflow.executions.back()).ended_at + retention.checkpoints <= now;
    while (is_old && !workflow.checkpoints.empty() && has_room(result.checkpoints)) {
      workflow.checkpoints.erase(workflow.checkpoints.begin());
      ++result.checkpoints;
    }
    for (auto it = workflow.executions.begin(); it != workflow.executions.end();) {
      if (state_->log.at(*it).ended_at + retention.executions > now) {
        ++it;
        continue;
      }
      if (!has_room(result.executions)) break;
      state_->log.erase(*it);
      it = workflow.executions.erase(it);
      ++result.executions;
    }
    if (workflow.executions.empty()) emptied.push_back(id);
  }
  for (const std::string& id : emptied) state_->Forget(id);
  for (auto it = state_->owners.begin(); it != state_->owners.end();) {
    if (it->second.lease_until + retention.owners > now) {
      ++it;
      continue;
    }
    if (!has_room(result.owners)) break;
    state_->owners.erase(it++);
    ++result.owners;
  }
  return result;
}

}  // namespace protograph
