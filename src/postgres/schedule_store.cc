#include "postgres/schedule_store.h"

#include <optional>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "postgres/job_rows.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"
#include "postgres/texts.h"
#include "store/job_checks.h"
#include "store/schedule_checks.h"

namespace protograph::internal {
namespace {

constexpr int kRecordColumns = 18;

// Of list_schedules.sql and find_due_schedules.sql.
ScheduleRecord RecordOf(const pqxx::row& row) {
  ScheduleRecord record;
  record.name = row[0].c_str();
  // A field that is not known may be a mistake, and a name that is not known would be read as none.
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(row[1].c_str(), &record.definition);
  record.source = row[2].c_str();
  record.revision = row[3].as<int64_t>();
  record.is_paused = row[4].as<bool>();
  record.problem = row[5].c_str();
  if (!parsed.ok()) {
    record.definition.Clear();
    record.problem =
        fmt::format("its definition cannot be read: {}",
                    std::string_view(parsed.message().data(), parsed.message().size()));
  }
  record.is_planned = row[6].as<bool>();
  record.next_tick = TimeOf(row[7]);
  record.last_tick = TimeOf(row[8]);
  record.pending_tick = TimeOf(row[9]);
  record.last_job_id = row[10].c_str();
  record.is_last_job_live = row[11].as<bool>();
  record.changed_at = absl::FromUnixMicros(row[12].as<int64_t>());
  record.runs = row[13].as<int64_t>();
  record.missed = row[14].as<int64_t>();
  record.overlapped = row[15].as<int64_t>();
  record.failures_in_a_row = row[16].as<int64_t>();
  record.last_run_tick = TimeOf(row[17]);
  return record;
}

absl::Status NoSuchSchedule(std::string_view name) {
  return absl::NotFoundError(fmt::format("there is no schedule {}", CleanText(name)));
}

FiringOutcome OutcomeOf(char letter) {
  for (FiringOutcome outcome :
       {FiringOutcome::kFired, FiringOutcome::kPending, FiringOutcome::kRefused}) {
    if (static_cast<char>(outcome) == letter) return outcome;
  }
  return FiringOutcome::kOverlapped;
}

// Of fire_schedules.sql. The jobs were checked.
Parameters FireParameters(const UuidBytes& owner_id, std::span<const ScheduleFiring> firings) {
  const size_t count = firings.size();
  std::vector<JobSubmission> jobs;
  for (const ScheduleFiring& firing : firings) {
    for (const TickFiring& tick : firing.ticks) jobs.push_back(tick.job);
  }
  ArrayParameter names = ArrayParameter::Texts(count);
  ArrayParameter revisions = ArrayParameter::Int64s(count);
  ArrayParameter next_ticks = ArrayParameter::Times(count);
  ArrayParameter due_ats = ArrayParameter::Times(count);
  ArrayParameter misses = ArrayParameter::Int64s(count);
  ArrayParameter problems = ArrayParameter::Texts(count);
  ArrayParameter manuals = ArrayParameter::Booleans(count);
  ArrayParameter overs = ArrayParameter::Booleans(count);
  ArrayParameter numbers = ArrayParameter::Int32s(jobs.size());
  ArrayParameter ticks = ArrayParameter::Times(jobs.size());
  int32_t number = 0;
  for (const ScheduleFiring& firing : firings) {
    names.AddText(firing.name);
    revisions.AddInt64(firing.revision);
    next_ticks.AddTime(firing.next_tick.value_or(absl::InfiniteFuture()));
    due_ats.AddTime(firing.due_at);
    misses.AddInt64(firing.missed);
    problems.AddText(firing.problem);
    manuals.AddBoolean(firing.is_manual);
    overs.AddBoolean(firing.is_over);
    ++number;
    for (const TickFiring& tick : firing.ticks) {
      numbers.AddInt32(number);
      ticks.AddTime(tick.tick);
    }
  }
  Parameters parameters;
  parameters.Uuid(owner_id)
      .Array(std::move(names))
      .Array(std::move(revisions))
      .Array(std::move(next_ticks))
      .Array(std::move(due_ats))
      .Array(std::move(misses))
      .Array(std::move(problems))
      .Array(std::move(manuals))
      .Array(std::move(overs))
      .Array(std::move(numbers))
      .Array(std::move(ticks));
  AddSubmissions(jobs, parameters);
  return parameters;
}

}  // namespace

absl::StatusOr<bool> PostgresScheduleStore::PutSchedule(const std::string& name,
                                                        const ScheduleDefinition& definition,
                                                        const std::string& source) {
  if (absl::Status checked = CheckSchedule(name, definition, source); !checked.ok()) return checked;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(definition, &json);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("the definition of schedule {} cannot be stored as JSON: {}", name,
                    std::string_view(status.message().data(), status.message().size())));
  }
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kPutSchedule, Parameters().Text(name).Text(json).Text(source),
                     /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  return (*rows)[0][0].as<bool>();
}

absl::Status PostgresScheduleStore::CallByName(Statement statement, const std::string& name) {
  absl::StatusOr<pqxx::result> rows =
      database_.Call(statement, Parameters().Text(name), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  return (*rows)[0][0].as<bool>() ? absl::OkStatus() : NoSuchSchedule(name);
}

absl::Status PostgresScheduleStore::RemoveSchedule(const std::string& name) {
  return CallByName(Statement::kRemoveSchedule, name);
}

absl::Status PostgresScheduleStore::PauseSchedule(const std::string& name) {
  return CallByName(Statement::kPauseSchedule, name);
}

absl::Status PostgresScheduleStore::ResumeSchedule(const std::string& name) {
  return CallByName(Statement::kResumeSchedule, name);
}

absl::StatusOr<ScheduleRecord> PostgresScheduleStore::GetSchedule(const std::string& name) {
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kListSchedules, Parameters().Text(name).Int64(1).Boolean(true),
                     /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return NoSuchSchedule(name);
  return RecordOf((*rows)[0]);
}

absl::StatusOr<std::vector<ScheduleRecord>> PostgresScheduleStore::ListSchedules(
    const std::string& after, int limit) {
  if (limit <= 0) return std::vector<ScheduleRecord>();
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kListSchedules,
                     Parameters().Text(after).Int64(limit).Boolean(false), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<ScheduleRecord> records;
  for (const auto& row : *rows) records.push_back(RecordOf(row));
  return records;
}

absl::StatusOr<std::vector<FiringRecord>> PostgresScheduleStore::ListFirings(
    const std::string& name, int limit) {
  if (absl::StatusOr<ScheduleRecord> record = GetSchedule(name); !record.ok()) {
    return record.status();
  }
  if (limit <= 0) return std::vector<FiringRecord>();
  absl::StatusOr<pqxx::result> rows = database_.Call(
      Statement::kListFirings, Parameters().Text(name).Int64(limit), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<FiringRecord> firings;
  for (const auto& row : *rows) {
    firings.push_back({.schedule = name,
                       .tick = absl::FromUnixMicros(row[0].as<int64_t>()),
                       .outcome = OutcomeOf(row[1].c_str()[0]),
                       .job_id = row[2].c_str(),
                       .fired_at = absl::FromUnixMicros(row[3].as<int64_t>()),
                       .owner_id = row[4].c_str()});
  }
  return firings;
}

absl::StatusOr<DueSchedules> PostgresScheduleStore::FindDueSchedules(int limit) {
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kFindDueSchedules, Parameters().Int32(limit), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  DueSchedules due;
  for (const auto& row : *rows) {
    if (!row[0].is_null()) due.schedules.push_back(RecordOf(row));
    due.now = absl::FromUnixMicros(row[kRecordColumns].as<int64_t>());
  }
  return due;
}

absl::StatusOr<std::vector<FiringResult>> PostgresScheduleStore::FireSchedules(
    const std::string& owner_id, std::span<const ScheduleFiring> firings) {
  std::vector<FiringResult> results(firings.size());
  if (firings.empty()) return results;
  if (absl::Status status = CheckFirings(firings); !status.ok()) return status;
  UuidBytes owner = {};
  if (!owner_id.empty()) {
    absl::StatusOr<UuidBytes> given = UuidOf("owner_id", owner_id);
    if (!given.ok()) return given.status();
    owner = *given;
  }
  // What was done and not heard of is found to be done by the next who looks.
  absl::StatusOr<pqxx::result> rows = database_.Call(
      Statement::kFireSchedules, FireParameters(owner, firings), /*may_repeat=*/false);
  if (!rows.ok()) return rows.status();
  for (const auto& row : *rows) {
    FiringResult& result = results[static_cast<size_t>(row[0].as<int>() - 1)];
    result.is_done = true;
    for (const char letter : std::string_view(row[1].c_str())) {
      result.outcomes.push_back(OutcomeOf(letter));
    }
  }
  return results;
}

}  // namespace protograph::internal
