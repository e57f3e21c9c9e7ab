#include "postgres/item_store.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "postgres/job_rows.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"
#include "postgres/texts.h"
#include "store/item_checks.h"

namespace protograph::internal {
namespace {

// Null: no limit.
absl::Duration DurationOf(const pqxx::field& micros) {
  if (micros.is_null()) return absl::InfiniteDuration();
  return absl::Microseconds(micros.as<int64_t>());
}

// Of hand_over_items.sql. The fan-out was checked.
Parameters HandOverParameters(const UuidBytes& owner_id, const FanOut& fan_out) {
  const size_t count = fan_out.batches.size();
  ArrayParameter ids = ArrayParameter::Uuids(count);
  ArrayParameter inputs = ArrayParameter::Bytes(count);
  ArrayParameter items = ArrayParameter::Int32s(count);
  for (const ItemBatch& batch : fan_out.batches) {
    ids.Add(AsBytes(ParseUuid(batch.job_id).value_or(UuidBytes{})));
    inputs.Add(batch.inputs);
    items.AddInt32(static_cast<int32_t>(batch.items));
  }
  const bool has_limit = fan_out.timeout != absl::InfiniteDuration();
  Parameters parameters;
  parameters.Uuid(owner_id)
      .Uuid(ParseUuid(fan_out.parent.job_id).value_or(UuidBytes{}))
      .Int64(fan_out.parent.term)
      .Bytes(FromHex(fan_out.key))
      .Text(fan_out.step)
      .Text(fan_out.output_type)
      .Int16(static_cast<int16_t>(fan_out.attempt))
      .Boolean(has_limit)
      .Micros(has_limit ? fan_out.timeout : absl::ZeroDuration())
      .Bytes(fan_out.shared_inputs)
      .Array(std::move(ids))
      .Array(std::move(inputs))
      .Array(std::move(items))
      .Boolean(fan_out.is_last);
  return parameters;
}

// Of a row of list_item_batches.sql.
ItemBatchRecord BatchOf(const pqxx::row& row) {
  ItemBatchRecord batch;
  batch.job_id = row[0].c_str();
  batch.attempt = row[1].as<int>();
  batch.items = row[2].as<int64_t>();
  batch.is_open = row[3].as<bool>();
  batch.results = BytesOf(row[4]);
  if (!row[5].is_null()) batch.error_code = row[5].as<int>();
  batch.error = row[6].c_str();
  return batch;
}

}  // namespace

absl::Status PostgresItemStore::HandOver(const std::string& owner_id, const FanOut& fan_out) {
  if (absl::Status status = CheckFanOut(fan_out); !status.ok()) return status;
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kHandOverItems, HandOverParameters(*owner, fan_out),
                     /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  const std::string_view outcome = (*rows)[0][0].c_str();
  if (outcome == "ok") {
    // They are in their parent's place, which was claimed before.
    cursor_.ForgetFront();
    return absl::OkStatus();
  }
  if (outcome == "cancelled") {
    return absl::CancelledError(fmt::format(
        "job {} hands nothing over: its cancellation was requested", fan_out.parent.job_id));
  }
  return absl::AbortedError(
      fmt::format("job {} hands nothing over: it is not running for {} any "
                  "more, under the term {}",
                  fan_out.parent.job_id, owner_id, fan_out.parent.term));
}

absl::StatusOr<FanOutRecord> PostgresItemStore::Find(const std::string& parent_id,
                                                     const std::string& key) {
  const std::optional<UuidBytes> parent = ParseUuid(parent_id);
  if (!parent.has_value()) return FanOutRecord();
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kFindFanOut, Parameters().Uuid(*parent).Bytes(FromHex(key)),
                     /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return FanOutRecord();
  const auto row = (*rows)[0];
  return FanOutRecord{
      .attempt = row[0].as<int>(), .timeout = DurationOf(row[1]), .shared_inputs = BytesOf(row[2])};
}

absl::StatusOr<absl::Duration> PostgresItemStore::TimeLeft(const std::string& parent_id,
                                                           int attempt) {
  const std::optional<UuidBytes> parent = ParseUuid(parent_id);
  if (!parent.has_value()) return absl::InfiniteDuration();
  absl::StatusOr<pqxx::result> rows = database_.Call(
      Statement::kFindTimeLeft, Parameters().Uuid(*parent).Int16(static_cast<int16_t>(attempt)),
      /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return absl::InfiniteDuration();
  return DurationOf((*rows)[0][0]);
}

absl::StatusOr<std::vector<ItemBatchRecord>> PostgresItemStore::Batches(
    const std::string& parent_id, const std::string& key, const std::string& after_job_id,
    int limit) {
  const std::optional<UuidBytes> parent = ParseUuid(parent_id);
  if (!parent.has_value()) return std::vector<ItemBatchRecord>();
  UuidBytes after = {};
  if (!after_job_id.empty()) {
    absl::StatusOr<UuidBytes> given = UuidOf("the id after which batches are listed", after_job_id);
    if (!given.ok()) return given.status();
    after = *given;
  }
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kListItemBatches,
                     Parameters().Uuid(*parent).Bytes(FromHex(key)).Uuid(after).Int32(limit),
                     /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<ItemBatchRecord> batches;
  batches.reserve(static_cast<size_t>(rows->size()));
  for (const auto& row : *rows) batches.push_back(BatchOf(row));
  return batches;
}

absl::Status PostgresItemStore::CancelBatches(std::span<const BatchesToCancel> batches) {
  if (batches.empty()) return absl::OkStatus();
  ArrayParameter ids = ArrayParameter::Uuids(batches.size());
  ArrayParameter up_to_terms = ArrayParameter::Int64s(batches.size());
  for (const BatchesToCancel& of_parent : batches) {
    absl::StatusOr<UuidBytes> id = UuidOf("the id of a parent", of_parent.parent_id);
    if (!id.ok()) return id.status();
    ids.Add(AsBytes(*id));
    up_to_terms.AddInt64(of_parent.up_to_term);
  }
  return database_
      .Call(Statement::kCancelBatches,
            Parameters().Array(std::move(ids)).Array(std::move(up_to_terms)), /*may_repeat=*/true)
      .status();
}

absl::Status PostgresItemStore::StoreResults(const std::string& owner_id,
                                             std::span<const ItemBatchResult> results) {
  if (results.empty()) return absl::OkStatus();
  if (absl::Status status = CheckItemResults(results); !status.ok()) return status;
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  std::vector<const ItemBatchResult*> sorted;
  sorted.reserve(results.size());
  for (const ItemBatchResult& result : results) sorted.push_back(&result);
  std::sort(sorted.begin(), sorted.end(), [](const ItemBatchResult* a, const ItemBatchResult* b) {
    return a->child.job_id < b->child.job_id;
  });

  const size_t count = sorted.size();
  ArrayParameter ids = ArrayParameter::Uuids(count);
  ArrayParameter terms = ArrayParameter::Int64s(count);
  ArrayParameter all_done = ArrayParameter::Int32s(count);
  ArrayParameter all_failed = ArrayParameter::Int32s(count);
  ArrayParameter all_results = ArrayParameter::Bytes(count);
  for (const ItemBatchResult* result : sorted) {
    ids.Add(AsBytes(ParseUuid(result->child.job_id).value_or(UuidBytes{})));
    terms.AddInt64(result->child.term);
    all_done.AddInt32(static_cast<int32_t>(result->done));
    all_failed.AddInt32(static_cast<int32_t>(result->failed));
    all_results.Add(result->results);
  }
  Parameters parameters;
  parameters.Uuid(*owner)
      .Array(std::move(ids))
      .Array(std::move(terms))
      .Array(std::move(all_done))
      .Array(std::move(all_failed))
      .Array(std::move(all_results));
  return database_.Call(Statement::kStoreItemResults, parameters, /*may_repeat=*/true).status();
}

absl::Status PostgresItemStore::Resume(std::span<const ParentToResume> parents) {
  if (parents.empty()) return absl::OkStatus();
  ArrayParameter ids = ArrayParameter::Uuids(parents.size());
  ArrayParameter at_once = ArrayParameter::Booleans(parents.size());
  ArrayParameter terms = ArrayParameter::Int64s(parents.size());
  for (const ParentToResume& parent : parents) {
    absl::StatusOr<UuidBytes> id = UuidOf("the id of a parent", parent.job_id);
    if (!id.ok()) return id.status();
    ids.Add(AsBytes(*id));
    at_once.AddBoolean(parent.at_once);
    terms.AddInt64(parent.term);
  }
  absl::StatusOr<pqxx::result> rows = database_.Call(
      Statement::kResumeParents,
      Parameters().Array(std::move(ids)).Array(std::move(at_once)).Array(std::move(terms)),
      /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  if ((*rows)[0][0].as<int>() > 0) cursor_.ForgetFront();
  return absl::OkStatus();
}

absl::Status PostgresItemStore::PublishProgress(const std::string& owner_id,
                                                std::span<const JobProgress> jobs) {
  if (jobs.empty()) return absl::OkStatus();
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  size_t count = 0;
  for (const JobProgress& job : jobs) count += job.steps.size();
  ArrayParameter ids = ArrayParameter::Uuids(jobs.size());
  ArrayParameter numbers = ArrayParameter::Int32s(count);
  ArrayParameter steps = ArrayParameter::Texts(count);
  ArrayParameter totals = ArrayParameter::Int64s(count);
  ArrayParameter all_done = ArrayParameter::Int64s(count);
  ArrayParameter all_failed = ArrayParameter::Int64s(count);
  ArrayParameter all_running = ArrayParameter::Int64s(count);
  int32_t number = 0;
  for (const JobProgress& job : jobs) {
    absl::StatusOr<UuidBytes> id = UuidOf("the id of a job whose progress is told", job.job_id);
    if (!id.ok()) return id.status();
    ids.Add(AsBytes(*id));
    ++number;
    for (const StepProgress& step : job.steps) {
      numbers.AddInt32(number);
      steps.AddText(step.step);
      totals.AddInt64(step.total);
      all_done.AddInt64(step.done);
      all_failed.AddInt64(step.failed);
      all_running.AddInt64(step.running);
    }
  }
  Parameters parameters;
  parameters.Uuid(*owner)
      .Array(std::move(ids))
      .Array(std::move(numbers))
      .Array(std::move(steps))
      .Array(std::move(totals))
      .Array(std::move(all_done))
      .Array(std::move(all_failed))
      .Array(std::move(all_running));
  return database_.Call(Statement::kPublishProgress, parameters, /*may_repeat=*/true).status();
}

absl::StatusOr<std::vector<StepProgress>> PostgresItemStore::Progress(const std::string& job_id) {
  const std::optional<UuidBytes> id = ParseUuid(job_id);
  if (!id.has_value()) return std::vector<StepProgress>();
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kFindProgress, Parameters().Uuid(*id), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<StepProgress> steps;
  for (const auto& row : *rows) {
    steps.push_back({.step = row[0].c_str(),
                     .total = row[1].as<int64_t>(),
                     .done = row[2].as<int64_t>(),
                     .failed = row[3].as<int64_t>(),
                     .running = row[4].as<int64_t>()});
  }
  return steps;
}

}  // namespace protograph::internal
