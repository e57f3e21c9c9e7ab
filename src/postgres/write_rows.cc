#include "postgres/write_rows.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "fmt/format.h"
#include "postgres/texts.h"

namespace protograph::internal {
namespace {

// The primary key of checkpoints must fit into a third of a page, workflow_id included.
constexpr size_t kLongestOutputType = 1024;

absl::StatusOr<UuidBytes> Uuid(std::string_view what, std::string_view text) {
  if (const std::optional<UuidBytes> uuid = ParseUuid(text); uuid.has_value()) return *uuid;
  return absl::InvalidArgumentError(
      fmt::format("{} is no UUID: {}", what, CleanText(text.substr(0, 64))));
}

std::string_view WorkflowOf(const StartRow& row) { return row.start->workflow_id; }
std::string_view WorkflowOf(const EndRow& row) { return row.end->workflow_id; }

// Deals the rows out to groups with each workflow at most once, sorted by it.
template <class Row>
std::vector<std::vector<Row>> Group(std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return WorkflowOf(a) < WorkflowOf(b); });
  std::vector<std::vector<Row>> groups;
  size_t group = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    group = i > 0 && WorkflowOf(rows[i]) == WorkflowOf(rows[i - 1]) ? group + 1 : 0;
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(rows[i]);
  }
  return groups;
}

absl::StatusOr<std::vector<StartRow>> StartsOf(const StoreWrite& write) {
  std::vector<StartRow> rows;
  rows.reserve(write.starts.size());
  for (const ExecutionStart& start : write.starts) {
    if (absl::Status status = CheckWorkflowId(start.workflow_id); !status.ok()) return status;
    const absl::StatusOr<UuidBytes> execution_id = Uuid("execution_id", start.execution_id);
    if (!execution_id.ok()) return execution_id.status();
    const absl::StatusOr<UuidBytes> owner_id = Uuid("owner_id", start.owner_id);
    if (!owner_id.ok()) return owner_id.status();
    rows.push_back({.start = &start, .execution_id = *execution_id, .owner_id = *owner_id});
  }
  return rows;
}

absl::StatusOr<std::vector<EndRow>> EndsOf(const StoreWrite& write, ExecutionState state) {
  std::vector<EndRow> rows;
  for (const ExecutionEnd& end : write.ends) {
    if (end.state != state) continue;
    if (absl::Status status = CheckWorkflowId(end.workflow_id); !status.ok()) return status;
    const absl::StatusOr<UuidBytes> execution_id = Uuid("execution_id", end.execution_id);
    if (!execution_id.ok()) return execution_id.status();
    rows.push_back({.end = &end, .execution_id = *execution_id});
  }
  return rows;
}

absl::Status AddCheckpoints(const StoreWrite& write, WriteRows& rows) {
  // By workflow and execution: one may be named with several workflows, by mistake.
  absl::flat_hash_map<std::pair<std::string_view, std::string_view>, uint32_t> numbers;
  rows.checkpoints.reserve(write.checkpoints.size());
  for (const CheckpointWrite& one : write.checkpoints) {
    const Checkpoint& checkpoint = one.checkpoint;
    if (checkpoint.output_type.size() > kLongestOutputType || !IsText(checkpoint.output_type)) {
      return absl::InvalidArgumentError(fmt::format(
          "the output_type of a checkpoint has {} bytes and must be a name of at most {}",
          checkpoint.output_type.size(), kLongestOutputType));
    }
    const auto [number, is_new] = numbers.try_emplace(
        {checkpoint.workflow_id, one.execution_id}, static_cast<uint32_t>(rows.executions.size()));
    if (is_new) {
      if (absl::Status status = CheckWorkflowId(checkpoint.workflow_id); !status.ok()) {
        return status;
      }
      const absl::StatusOr<UuidBytes> execution_id = Uuid("execution_id", one.execution_id);
      if (!execution_id.ok()) return execution_id.status();
      rows.executions.push_back({.workflow_id = checkpoint.workflow_id,
                                 .execution_id_text = one.execution_id,
                                 .execution_id = *execution_id});
    }
    rows.checkpoints.push_back({.checkpoint = &checkpoint, .execution = number->second});
  }
  return absl::OkStatus();
}

void SortCheckpoints(WriteRows& rows) {
  // Executions first, so that checkpoints are sorted by a number in place of the workflow's name.
  std::vector<uint32_t> order(rows.executions.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const ExecutionRow& x = rows.executions[a];
    const ExecutionRow& y = rows.executions[b];
    return std::tie(x.workflow_id, x.execution_id) < std::tie(y.workflow_id, y.execution_id);
  });
  std::vector<uint32_t> place(order.size());
  std::vector<ExecutionRow> executions;
  executions.reserve(order.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    executions.push_back(rows.executions[order[i]]);
  }
  rows.executions = std::move(executions);
  for (CheckpointRow& row : rows.checkpoints) row.execution = place[row.execution];

  const auto key = [](const CheckpointRow& row) {
    const Checkpoint& checkpoint = *row.checkpoint;
    return std::make_tuple(row.execution, std::string_view(checkpoint.output_type),
                           checkpoint.input_hash.high, checkpoint.input_hash.low);
  };
  std::stable_sort(rows.checkpoints.begin(), rows.checkpoints.end(),
                   [&](const CheckpointRow& a, const CheckpointRow& b) { return key(a) < key(b); });
  // Of equal keys the last one stays: a statement cannot write one row twice.
  size_t kept = 0;
  for (size_t i = 0; i < rows.checkpoints.size(); ++i) {
    if (kept > 0 && key(rows.checkpoints[kept - 1]) == key(rows.checkpoints[i])) --kept;
    rows.checkpoints[kept++] = rows.checkpoints[i];
  }
  rows.checkpoints.resize(kept);
}

}  // namespace

absl::StatusOr<WriteRows> SortRows(const StoreWrite& write) {
  WriteRows rows;
  absl::StatusOr<std::vector<StartRow>> starts = StartsOf(write);
  if (!starts.ok()) return starts.status();
  rows.starts = Group(*std::move(starts));
  if (absl::Status status = AddCheckpoints(write, rows); !status.ok()) return status;
  SortCheckpoints(rows);
  for (const ExecutionEnd& end : write.ends) {
    if (end.state != ExecutionState::kSucceeded && end.state != ExecutionState::kFailed) {
      return absl::InvalidArgumentError(
          fmt::format("an execution ends as succeeded or failed, not as {}", ToString(end.state)));
    }
  }
  absl::StatusOr<std::vector<EndRow>> succeeded = EndsOf(write, ExecutionState::kSucceeded);
  if (!succeeded.ok()) return succeeded.status();
  rows.succeeded = Group(*std::move(succeeded));
  absl::StatusOr<std::vector<EndRow>> failed = EndsOf(write, ExecutionState::kFailed);
  if (!failed.ok()) return failed.status();
  rows.failed = Group(*std::move(failed));
  return rows;
}

}  // namespace protograph::internal
