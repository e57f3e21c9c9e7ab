#include "protograph/postgres/postgres_store.h"

#include <optional>
#include <utility>

#include "fmt/format.h"
#include "postgres/database.h"
#include "postgres/item_store.h"
#include "postgres/job_store.h"
#include "postgres/migrations.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"
#include "postgres/schedule_store.h"
#include "postgres/sweep.h"
#include "postgres/texts.h"
#include "postgres/uuid_bytes.h"
#include "postgres/write.h"
#include "postgres/write_rows.h"

namespace protograph {

using internal::Parameters;
using internal::Statement;
using internal::Transaction;
using internal::UuidBytes;

struct PostgresStore::State {
  std::unique_ptr<internal::Database> database;
  std::unique_ptr<internal::PostgresJobStore> jobs;
  std::unique_ptr<internal::PostgresScheduleStore> schedules;
  std::unique_ptr<internal::PostgresItemStore> items;

  // One statement in a transaction of its own.
  absl::StatusOr<pqxx::result> Execute(Statement statement, const Parameters& parameters,
                                       bool synchronous = true) {
    pqxx::result result;
    absl::Status status = database->Run(
        {.timeout = database->statement_timeout(), .synchronous = synchronous},
        [&](Transaction& transaction) -> absl::Status {
          absl::StatusOr<pqxx::result> rows = transaction.Execute(statement, parameters);
          if (!rows.ok()) return rows.status();
          result = *std::move(rows);
          return absl::OkStatus();
        });
    if (!status.ok()) return status;
    return result;
  }
};

namespace {

Digest ParseDigest(const pqxx::field& hex) {
  const std::string bytes = internal::FromHex(hex.c_str());
  Digest digest;
  for (size_t i = 0; i < bytes.size() && i < 16; ++i) {
    uint64_t& half = i < 8 ? digest.high : digest.low;
    half = half << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return digest;
}

ExecutionState ParseState(std::string_view name) {
  for (ExecutionState state :
       {ExecutionState::kRunning, ExecutionState::kSucceeded, ExecutionState::kFailed}) {
    if (name == ToString(state)) return state;
  }
  return ExecutionState::kAbandoned;
}

// Of list_executions.sql and list_resumable.sql.
std::vector<ExecutionRecord> RecordsOf(const pqxx::result& rows) {
  std::vector<ExecutionRecord> records;
  records.reserve(static_cast<size_t>(rows.size()));
  for (const auto& row : rows) {
    ExecutionRecord& record = records.emplace_back();
    record.execution_id = row[0].c_str();
    record.workflow_id = row[1].c_str();
    record.owner_id = row[2].c_str();
    record.graph = row[3].c_str();
    record.fingerprint = row[4].c_str();
    record.output_type = row[5].c_str();
    record.state = ParseState(row[6].c_str());
    record.attempt = row[7].as<int>();
    record.term = row[8].as<int64_t>();
    record.failed_step = row[9].c_str();
    record.error = row[10].c_str();
    record.started_at = absl::FromUnixMicros(row[11].as<int64_t>());
    if (!row[12].is_null()) record.ended_at = absl::FromUnixMicros(row[12].as<int64_t>());
  }
  return records;
}

}  // namespace

PostgresStore::PostgresStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
PostgresStore::~PostgresStore() = default;

JobStore* PostgresStore::jobs() { return state_->jobs.get(); }
ScheduleStore* PostgresStore::schedules() { return state_->schedules.get(); }
ItemStore* PostgresStore::items() { return state_->items.get(); }

absl::StatusOr<std::shared_ptr<PostgresStore>> PostgresStore::Open(const PostgresOptions& options) {
  absl::StatusOr<std::unique_ptr<internal::Database>> database = internal::Database::Make(options);
  if (!database.ok()) return database.status();
  if (absl::Status status = internal::Migrate(**database); !status.ok()) return status;
  auto state = std::make_unique<State>();
  state->database = *std::move(database);
  state->jobs = std::make_unique<internal::PostgresJobStore>(*state->database);
  state->schedules = std::make_unique<internal::PostgresScheduleStore>(*state->database);
  state->items =
      std::make_unique<internal::PostgresItemStore>(*state->database, state->jobs->cursor());
  return std::shared_ptr<PostgresStore>(new PostgresStore(std::move(state)));
}

absl::StatusOr<std::vector<Neighbour>> PostgresStore::Register(const Owner& owner,
                                                               absl::Duration lease) {
  const std::optional<UuidBytes> owner_id = internal::ParseUuid(owner.owner_id);
  if (!owner_id.has_value()) {
    return absl::InvalidArgumentError(
        fmt::format("owner_id is no UUID: {}", internal::CleanText(owner.owner_id)));
  }
  absl::StatusOr<pqxx::result> rows =
      state_->Execute(Statement::kRegisterOwner, Parameters()
                                                     .Uuid(*owner_id)
                                                     .Text(owner.host)
                                                     .Int64(owner.process_id)
                                                     .Text(owner.program)
                                                     .Micros(lease));
  if (!rows.ok()) return rows.status();
  std::vector<Neighbour> neighbours;
  for (const auto& row : *rows) {
    neighbours.push_back({.owner_id = row[0].c_str(), .process_id = row[1].as<int64_t>()});
  }
  return neighbours;
}

absl::Status PostgresStore::Heartbeat(const std::string& owner_id, absl::Duration lease) {
  const auto not_found = [&] {
    return absl::NotFoundError(
        fmt::format("owner {} is not registered, or was declared dead: register a new one",
                    internal::CleanText(owner_id)));
  };
  const std::optional<UuidBytes> uuid = internal::ParseUuid(owner_id);
  if (!uuid.has_value()) return not_found();
  absl::StatusOr<pqxx::result> rows =
      state_->database->Call(Statement::kRenewLease, Parameters().Uuid(*uuid).Micros(lease),
                             /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return not_found();
  return absl::OkStatus();
}

absl::Status PostgresStore::DeclareDead(const std::string& owner_id) {
  const std::optional<UuidBytes> uuid = internal::ParseUuid(owner_id);
  if (!uuid.has_value()) return absl::OkStatus();
  return state_->Execute(Statement::kDeclareDead, Parameters().Uuid(*uuid)).status();
}

absl::StatusOr<StoreWriteResult> PostgresStore::Write(const StoreWrite& write) {
  if (write.empty()) return StoreWriteResult{};
  absl::StatusOr<internal::WriteRows> rows = internal::SortRows(write);
  if (!rows.ok()) return rows.status();
  StoreWriteResult result;
  const auto apply = [&](internal::Checkpoints checkpoints) {
    return state_->database->Run(
        {.timeout = state_->database->statement_timeout(), .synchronous = write.synchronous},
        [&](Transaction& transaction) -> absl::Status {
          absl::StatusOr<StoreWriteResult> applied =
              internal::ApplyWrite(transaction, write, *rows, checkpoints);
          if (!applied.ok()) return applied.status();
          result = *std::move(applied);
          return absl::OkStatus();
        });
  };
  absl::Status status = apply(internal::Checkpoints::kNew);
  if (absl::IsAlreadyExists(status)) status = apply(internal::Checkpoints::kAny);
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<std::vector<Checkpoint>> PostgresStore::Load(const std::string& workflow_id) {
  if (absl::Status status = CheckWorkflowId(workflow_id); !status.ok()) return status;
  absl::StatusOr<pqxx::result> rows =
      state_->Execute(Statement::kLoadCheckpoints, Parameters().Text(workflow_id));
  if (!rows.ok()) return rows.status();
  std::vector<Checkpoint> checkpoints;
  checkpoints.reserve(static_cast<size_t>(rows->size()));
  for (const auto& row : *rows) {
    Checkpoint& checkpoint = checkpoints.emplace_back();
    checkpoint.workflow_id = workflow_id;
    checkpoint.output_type = row[0].c_str();
    checkpoint.input_hash = ParseDigest(row[1]);
    checkpoint.step = row[2].c_str();
    checkpoint.encoding = static_cast<Encoding>(row[3].as<int16_t>());
    checkpoint.payload = internal::FromHex({row[4].c_str(), static_cast<size_t>(row[4].size())});
    checkpoint.digest = ParseDigest(row[5]);
  }
  return checkpoints;
}

absl::StatusOr<std::vector<ExecutionRecord>> PostgresStore::Resumable(
    const std::string& after_workflow_id, int limit) {
  // Empty: from the first.
  if (!after_workflow_id.empty()) {
    if (absl::Status status = CheckWorkflowId(after_workflow_id); !status.ok()) return status;
  }
  if (limit <= 0) return std::vector<ExecutionRecord>();
  absl::StatusOr<pqxx::result> rows =
      state_->Execute(Statement::kListResumable, Parameters().Text(after_workflow_id).Int64(limit));
  if (!rows.ok()) return rows.status();
  return RecordsOf(*rows);
}

absl::StatusOr<std::vector<ExecutionRecord>> PostgresStore::Executions(
    const std::string& workflow_id, int limit) {
  if (absl::Status status = CheckWorkflowId(workflow_id); !status.ok()) return status;
  if (limit <= 0) return std::vector<ExecutionRecord>();
  absl::StatusOr<pqxx::result> rows =
      state_->Execute(Statement::kListExecutions, Parameters().Text(workflow_id).Int64(limit));
  if (!rows.ok()) return rows.status();
  return RecordsOf(*rows);
}

absl::StatusOr<SweepResult> PostgresStore::Sweep(const Retention& retention) {
  SweepResult result;
  absl::Status status = state_->database->Run(
      {.timeout = state_->database->statement_timeout(), .synchronous = false},
      [&](Transaction& transaction) {
        absl::StatusOr<SweepResult> swept =
            internal::ApplySweep(transaction, state_->database->schema(), retention);
        if (swept.ok()) result = *swept;
        return swept.status();
      });
  if (!status.ok()) return status;
  return result;
}

}  // namespace protograph
