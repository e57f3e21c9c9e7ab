#include "postgres/write.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "fmt/format.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"

namespace protograph::internal {
namespace {

// A claim that is there when one asks and gone when one looks is seldom; time after time, never.
constexpr int kMostRounds = 10;

// One StoreWrite within a transaction.
class Writer {
 public:
  Writer(Transaction& transaction, Checkpoints checkpoints)
      : transaction_(transaction), checkpoints_(checkpoints) {}

  absl::Status Start(std::vector<StartRow> rows);
  absl::Status WriteCheckpoints(const WriteRows& rows);
  absl::Status EndSucceeded(const std::vector<EndRow>& rows);
  absl::Status EndFailed(const std::vector<EndRow>& rows);
  // After all others.
  absl::StatusOr<StoreWriteResult> Finish(const StoreWrite& write);

 private:
  absl::Status StartHeld(std::vector<StartRow>& rows);
  absl::Status NoteEnds(const std::vector<EndRow>& rows, Statement statement,
                        const Parameters& parameters);

  Transaction& transaction_;
  const Checkpoints checkpoints_;
  StoreWriteResult result_;
  // Texts of execution ids.
  absl::flat_hash_set<std::string_view> refused_;
  absl::flat_hash_set<std::string_view> ended_;
};

Parameters StartParameters(const std::vector<StartRow>& rows) {
  const size_t count = rows.size();
  ArrayParameter workflow_ids = ArrayParameter::Texts(count);
  ArrayParameter execution_ids = ArrayParameter::Uuids(count);
  ArrayParameter owner_ids = ArrayParameter::Uuids(count);
  ArrayParameter graphs = ArrayParameter::Texts(count);
  ArrayParameter fingerprints = ArrayParameter::Texts(count);
  ArrayParameter output_types = ArrayParameter::Texts(count);
  ArrayParameter attempts = ArrayParameter::Int32s(count);
  ArrayParameter started_at = ArrayParameter::Times(count);
  for (const StartRow& row : rows) {
    workflow_ids.Add(row.start->workflow_id);
    execution_ids.Add(AsBytes(row.execution_id));
    owner_ids.Add(AsBytes(row.owner_id));
    graphs.AddText(row.start->graph);
    fingerprints.AddText(row.start->fingerprint);
    output_types.AddText(row.start->output_type);
    attempts.AddInt32(row.start->attempt);
    started_at.AddTime(row.start->started_at);
  }
  Parameters parameters;
  parameters.Array(std::move(workflow_ids))
      .Array(std::move(execution_ids))
      .Array(std::move(owner_ids))
      .Array(std::move(graphs))
      .Array(std::move(fingerprints))
      .Array(std::move(output_types))
      .Array(std::move(attempts))
      .Array(std::move(started_at));
  return parameters;
}

Parameters CheckpointParameters(const WriteRows& rows) {
  ArrayParameter workflow_ids = ArrayParameter::Texts(rows.executions.size());
  ArrayParameter execution_ids = ArrayParameter::Uuids(rows.executions.size());
  for (const ExecutionRow& row : rows.executions) {
    workflow_ids.Add(row.workflow_id);
    execution_ids.Add(AsBytes(row.execution_id));
  }
  const size_t count = rows.checkpoints.size();
  ArrayParameter numbers = ArrayParameter::Int32s(count);
  ArrayParameter output_types = ArrayParameter::Texts(count);
  ArrayParameter input_hashes = ArrayParameter::Bytes(count);
  ArrayParameter steps = ArrayParameter::Texts(count);
  ArrayParameter encodings = ArrayParameter::Int16s(count);
  ArrayParameter payloads = ArrayParameter::Bytes(count);
  ArrayParameter digests = ArrayParameter::Bytes(count);
  for (const CheckpointRow& row : rows.checkpoints) {
    const Checkpoint& checkpoint = *row.checkpoint;
    numbers.AddInt32(static_cast<int32_t>(row.execution) + 1);
    output_types.Add(checkpoint.output_type);
    input_hashes.AddDigest(checkpoint.input_hash);
    steps.AddText(checkpoint.step);
    encodings.AddInt16(static_cast<int16_t>(checkpoint.encoding));
    payloads.Add(checkpoint.payload);
    digests.AddDigest(checkpoint.digest);
  }
  Parameters parameters;
  parameters.Array(std::move(workflow_ids))
      .Array(std::move(execution_ids))
      .Array(std::move(numbers))
      .Array(std::move(output_types))
      .Array(std::move(input_hashes))
      .Array(std::move(steps))
      .Array(std::move(encodings))
      .Array(std::move(payloads))
      .Array(std::move(digests));
  return parameters;
}

// Position in an array, from 1 as Postgres counts, as an index.
size_t IndexOf(const pqxx::field& position) { return position.as<size_t>() - 1; }

absl::Status Writer::Start(std::vector<StartRow> rows) {
  for (int round = 0; !rows.empty() && round < kMostRounds; ++round) {
    absl::StatusOr<pqxx::result> started =
        transaction_.Execute(Statement::kClaimFree, StartParameters(rows));
    if (!started.ok()) return started.status();
    std::vector<bool> is_done(rows.size());
    for (const auto& row : *started) {
      const size_t index = IndexOf(row[0]);
      is_done[index] = true;
      result_.claimed.push_back(
          {.execution_id = rows[index].start->execution_id, .term = row[1].as<int64_t>()});
    }
    std::vector<StartRow> held;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!is_done[i]) held.push_back(rows[i]);
    }
    rows = std::move(held);
    if (rows.empty()) break;
    if (absl::Status status = StartHeld(rows); !status.ok()) return status;
  }
  for (const StartRow& row : rows) refused_.insert(row.start->execution_id);
  return absl::OkStatus();
}

// Leaves those whose claim has gone in the meantime.
absl::Status Writer::StartHeld(std::vector<StartRow>& rows) {
  ArrayParameter workflow_ids = ArrayParameter::Texts(rows.size());
  for (const StartRow& row : rows) workflow_ids.Add(row.start->workflow_id);
  Parameters workflows;
  workflows.Array(std::move(workflow_ids));
  absl::StatusOr<pqxx::result> locked = transaction_.Execute(Statement::kLockTakeable, workflows);
  if (!locked.ok()) return locked.status();

  absl::StatusOr<pqxx::result> judged =
      transaction_.Execute(Statement::kClaimHeld, StartParameters(rows));
  if (!judged.ok()) return judged.status();
  std::vector<StartRow> again;
  for (const auto& row : *judged) {
    const StartRow& start = rows[IndexOf(row[0])];
    const std::string_view outcome = row[2].c_str();
    if (outcome == "claimed") {
      result_.claimed.push_back(
          {.execution_id = start.start->execution_id, .term = row[1].as<int64_t>()});
    } else if (outcome == "free") {
      again.push_back(start);
    } else {
      refused_.insert(start.start->execution_id);
    }
  }
  std::sort(again.begin(), again.end(), [](const StartRow& a, const StartRow& b) {
    return a.start->workflow_id < b.start->workflow_id;
  });
  rows = std::move(again);
  return absl::OkStatus();
}

absl::Status Writer::WriteCheckpoints(const WriteRows& rows) {
  if (rows.checkpoints.empty()) return absl::OkStatus();
  const Statement statement = checkpoints_ == Checkpoints::kNew ? Statement::kWriteNewCheckpoints
                                                                : Statement::kWriteCheckpoints;
  absl::StatusOr<pqxx::result> held = transaction_.Execute(statement, CheckpointParameters(rows));
  if (!held.ok()) return held.status();
  std::vector<bool> is_held(rows.executions.size());
  for (const auto& row : *held) is_held[IndexOf(row[0])] = true;
  for (size_t i = 0; i < is_held.size(); ++i) {
    if (!is_held[i]) refused_.insert(rows.executions[i].execution_id_text);
  }
  return absl::OkStatus();
}

absl::Status Writer::NoteEnds(const std::vector<EndRow>& rows, Statement statement,
                              const Parameters& parameters) {
  absl::StatusOr<pqxx::result> ended = transaction_.Execute(statement, parameters);
  if (!ended.ok()) return ended.status();
  for (const auto& row : *ended) ended_.insert(rows[IndexOf(row[0])].end->execution_id);
  for (const EndRow& row : rows) {
    if (!ended_.contains(row.end->execution_id)) refused_.insert(row.end->execution_id);
  }
  return absl::OkStatus();
}

absl::Status Writer::EndSucceeded(const std::vector<EndRow>& rows) {
  ArrayParameter workflow_ids = ArrayParameter::Texts(rows.size());
  ArrayParameter execution_ids = ArrayParameter::Uuids(rows.size());
  ArrayParameter ended_at = ArrayParameter::Times(rows.size());
  ArrayParameter keeps_results = ArrayParameter::Booleans(rows.size());
  for (const EndRow& row : rows) {
    workflow_ids.Add(row.end->workflow_id);
    execution_ids.Add(AsBytes(row.execution_id));
    ended_at.AddTime(row.end->ended_at);
    keeps_results.AddBoolean(row.end->keeps_results);
  }
  Parameters parameters;
  parameters.Array(std::move(workflow_ids))
      .Array(std::move(execution_ids))
      .Array(std::move(ended_at))
      .Array(std::move(keeps_results));
  return NoteEnds(rows, Statement::kEndSucceeded, parameters);
}

absl::Status Writer::EndFailed(const std::vector<EndRow>& rows) {
  ArrayParameter workflow_ids = ArrayParameter::Texts(rows.size());
  ArrayParameter execution_ids = ArrayParameter::Uuids(rows.size());
  ArrayParameter ended_at = ArrayParameter::Times(rows.size());
  ArrayParameter failed_steps = ArrayParameter::Texts(rows.size());
  ArrayParameter errors = ArrayParameter::Texts(rows.size());
  for (const EndRow& row : rows) {
    workflow_ids.Add(row.end->workflow_id);
    execution_ids.Add(AsBytes(row.execution_id));
    ended_at.AddTime(row.end->ended_at);
    failed_steps.AddText(row.end->failed_step);
    errors.AddText(row.end->error);
  }
  Parameters parameters;
  parameters.Array(std::move(workflow_ids))
      .Array(std::move(execution_ids))
      .Array(std::move(ended_at))
      .Array(std::move(failed_steps))
      .Array(std::move(errors));
  return NoteEnds(rows, Statement::kEndFailed, parameters);
}

absl::StatusOr<StoreWriteResult> Writer::Finish(const StoreWrite& write) {
  // A repeated write: its checkpoints were written before its execution ended and gave the workflow
  // back, so that they are not refused.
  for (std::string_view execution_id : ended_) refused_.erase(execution_id);
  if (refused_.empty()) return std::move(result_);

  // In the order of the write.
  const auto take = [&](const std::string& execution_id) {
    if (refused_.erase(execution_id) > 0) result_.refused.push_back(execution_id);
  };
  for (const ExecutionStart& start : write.starts) take(start.execution_id);
  for (const CheckpointWrite& checkpoint : write.checkpoints) take(checkpoint.execution_id);
  for (const ExecutionEnd& end : write.ends) take(end.execution_id);

  std::vector<UuidBytes> ids;
  for (const std::string& text : result_.refused) ids.push_back(ParseUuid(text).value());
  std::sort(ids.begin(), ids.end());
  ArrayParameter execution_ids = ArrayParameter::Uuids(ids.size());
  for (const UuidBytes& id : ids) execution_ids.Add(AsBytes(id));
  Parameters parameters;
  parameters.Array(std::move(execution_ids));
  absl::StatusOr<pqxx::result> logged =
      transaction_.Execute(Statement::kAbandonRefused, parameters);
  if (!logged.ok()) return logged.status();
  return std::move(result_);
}

}  // namespace

absl::StatusOr<StoreWriteResult> ApplyWrite(Transaction& transaction, const StoreWrite& write,
                                            const WriteRows& rows, Checkpoints checkpoints) {
  Writer writer(transaction, checkpoints);
  for (const std::vector<StartRow>& group : rows.starts) {
    if (absl::Status status = writer.Start(group); !status.ok()) return status;
  }
  if (absl::Status status = writer.WriteCheckpoints(rows); !status.ok()) return status;
  for (const std::vector<EndRow>& group : rows.succeeded) {
    if (absl::Status status = writer.EndSucceeded(group); !status.ok()) return status;
  }
  for (const std::vector<EndRow>& group : rows.failed) {
    if (absl::Status status = writer.EndFailed(group); !status.ok()) return status;
  }
  return writer.Finish(write);
}

}  // namespace protograph::internal
