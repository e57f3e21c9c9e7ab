#ifndef PROTOGRAPH_SRC_POSTGRES_WRITE_ROWS_H_
#define PROTOGRAPH_SRC_POSTGRES_WRITE_ROWS_H_

// What a StoreWrite says, checked, and sorted as its rows are to be locked: every transaction that
// locks rows of one kind does so in the order of their keys, so that two cannot wait for each
// other.

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "postgres/uuid_bytes.h"
#include "protograph/store/store.h"

namespace protograph::internal {

struct StartRow {
  const ExecutionStart* start;
  UuidBytes execution_id;
  UuidBytes owner_id;
};

struct ExecutionRow {
  std::string_view workflow_id;
  std::string_view execution_id_text;
  UuidBytes execution_id;
};

struct CheckpointRow {
  const Checkpoint* checkpoint;
  // In `executions`.
  uint32_t execution;
};

struct EndRow {
  const ExecutionEnd* end;
  UuidBytes execution_id;
};

// The texts are the write's.
struct WriteRows {
  // Each group has a workflow at most once, sorted by it: where a write starts several executions
  // of one workflow, the first of them is in the first group.
  std::vector<std::vector<StartRow>> starts;
  // Of the checkpoints; sorted by workflow.
  std::vector<ExecutionRow> executions;
  // Sorted by key, each key of an execution at most once: the last one given.
  std::vector<CheckpointRow> checkpoints;
  // Grouped like the starts.
  std::vector<std::vector<EndRow>> succeeded;
  std::vector<std::vector<EndRow>> failed;
};

// kInvalidArgument for what no statement could take.
absl::StatusOr<WriteRows> SortRows(const StoreWrite& write);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_WRITE_ROWS_H_
