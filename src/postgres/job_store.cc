#include "postgres/job_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "postgres/job_listener.h"
#include "postgres/job_rows.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"
#include "postgres/texts.h"
#include "store/job_checks.h"

namespace protograph::internal {
namespace {

absl::Status NoSuchJob(const std::string& job_id) {
  return absl::NotFoundError(
      fmt::format("there is no job {}: it was never submitted, or it has finished so long ago that "
                  "it was removed",
                  CleanText(job_id.substr(0, 64))));
}

std::vector<SubmittedJob> SubmittedJobsOf(const pqxx::result& rows,
                                          std::span<const JobSubmission> submissions) {
  std::vector<SubmittedJob> jobs;
  jobs.reserve(submissions.size());
  // No rows: all are new.
  if (rows.empty()) {
    for (const JobSubmission& submission : submissions) {
      jobs.push_back({.job_id = submission.job_id, .is_new = true});
    }
  }
  for (const auto& row : rows) {
    jobs.push_back({.job_id = row[0].c_str(), .is_new = row[1].c_str()[0] == 't'});
  }
  return jobs;
}

absl::Status Check(std::span<const JobSubmission> submissions) {
  size_t bytes = 0;
  for (const JobSubmission& submission : submissions) {
    if (absl::Status status = CheckSubmission(submission); !status.ok()) return status;
    bytes += submission.inputs.size();
  }
  // A message to Postgres has at most a GiB.
  constexpr size_t kMostBytes = size_t{512} << 20;
  if (bytes <= kMostBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{} jobs with {} bytes of inputs are too many for one submission, which has at "
                  "most {}: submit them in several",
                  submissions.size(), bytes, kMostBytes));
}

std::optional<QueueMode> ParseMode(std::string_view name) {
  for (QueueMode mode : {QueueMode::kRunning, QueueMode::kPaused, QueueMode::kDraining}) {
    if (name == ToString(mode)) return mode;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::vector<SubmittedJob>> PostgresJobStore::Submit(
    std::span<const JobSubmission> submissions) {
  if (submissions.empty()) return std::vector<SubmittedJob>();
  if (absl::Status status = Check(submissions); !status.ok()) return status;
  if (submissions.size() == 1 && IsPlain(submissions[0])) {
    absl::StatusOr<pqxx::result> done =
        database_.Call(Statement::kSubmitJob, SubmitOneParameters(submissions[0]),
                       /*may_repeat=*/false);
    if (done.ok() && !done->empty()) {
      return std::vector<SubmittedJob>{{.job_id = submissions[0].job_id, .is_new = true}};
    }
    const bool may_be_done =
        absl::IsUnavailable(done.status()) || absl::IsAlreadyExists(done.status());
    if (!done.ok() && !may_be_done) return done.status();
  }
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kSubmitJobs, SubmitParameters(submissions, /*checks_ids=*/false),
                     /*may_repeat=*/false);
  // It may have been done where the connection broke, and was done where an id is there already.
  if (absl::IsUnavailable(rows.status()) || absl::IsAlreadyExists(rows.status())) {
    rows = database_.Call(Statement::kSubmitJobs, SubmitParameters(submissions, true),
                          /*may_repeat=*/true);
  }
  if (!rows.ok()) return rows.status();
  return SubmittedJobsOf(*rows, submissions);
}

absl::StatusOr<std::vector<SubmittedJob>> PostgresJobStore::SubmitIn(
    pqxx::transaction_base& transaction, std::span<const JobSubmission> submissions) {
  if (submissions.empty()) return std::vector<SubmittedJob>();
  if (absl::Status status = Check(submissions); !status.ok()) return status;
  absl::StatusOr<pqxx::result> rows = database_.CallIn(
      transaction, Statement::kSubmitJobs, SubmitParameters(submissions, /*checks_ids=*/true));
  if (!rows.ok()) return rows.status();
  return SubmittedJobsOf(*rows, submissions);
}

absl::StatusOr<JobContents> PostgresJobStore::Get(const std::string& job_id) {
  const std::optional<UuidBytes> id = ParseUuid(job_id);
  if (!id.has_value()) return NoSuchJob(job_id);
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kGetJob, Parameters().Uuid(*id), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return NoSuchJob(job_id);
  const auto row = (*rows)[0];
  return JobContents{
      .record = JobRecordOf(row), .inputs = BytesOf(row[23]), .result = BytesOf(row[24])};
}

absl::StatusOr<std::vector<JobRecord>> PostgresJobStore::List(const JobFilter& filter,
                                                              const std::string& after_job_id,
                                                              int limit) {
  if (limit <= 0) return std::vector<JobRecord>();
  absl::StatusOr<UuidBytes> after =
      UuidOf("the id after which jobs are listed",
             after_job_id.empty() ? "ffffffff-ffff-ffff-ffff-ffffffffffff" : after_job_id);
  if (!after.ok()) return after.status();
  UuidBytes parent = {};
  if (!filter.parent_id.empty()) {
    const std::optional<UuidBytes> given = ParseUuid(filter.parent_id);
    if (!given.has_value()) return std::vector<JobRecord>();
    parent = *given;
  }
  std::vector<std::string> states;
  for (JobState state : filter.states) states.emplace_back(ToString(state));
  Parameters parameters;
  parameters.Uuid(*after)
      .Array(NamesOf(states))
      .Text(filter.queue)
      .Text(filter.graph)
      .Text(filter.output_type)
      .Array(NamesOf(filter.tags))
      .Text(filter.unique_key)
      .Int64(limit)
      .Time(filter.due_by)
      .Uuid(parent);
  std::vector<JobRecord> records;
  absl::Status status = database_.Run(
      {.timeout = database_.statement_timeout()}, [&](Transaction& transaction) -> absl::Status {
        absl::StatusOr<pqxx::result> rows;
        if (!filter.parent_id.empty()) {
          rows = transaction.Execute(Statement::kListChildren, parameters);
        }
        // Children whose batches are gone are found among all jobs.
        if (filter.parent_id.empty() || (rows.ok() && rows->empty())) {
          rows = transaction.Execute(Statement::kListJobs, parameters);
        }
        if (!rows.ok()) return rows.status();
        records.clear();
        for (const auto& row : *rows) {
          if (!row[0].is_null()) records.push_back(JobRecordOf(row));
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return records;
}

absl::StatusOr<JobState> PostgresJobStore::Cancel(const std::string& job_id) {
  const std::optional<UuidBytes> id = ParseUuid(job_id);
  if (!id.has_value()) return NoSuchJob(job_id);
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kCancelJob, Parameters().Uuid(*id), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  const std::optional<JobState> state = ParseJobState((*rows)[0][0].c_str());
  if (!state.has_value()) return NoSuchJob(job_id);
  return *state;
}

absl::Status PostgresJobStore::Retry(const std::string& job_id) {
  const std::optional<UuidBytes> id = ParseUuid(job_id);
  if (!id.has_value()) return NoSuchJob(job_id);
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kRetryJob, Parameters().Uuid(*id), /*may_repeat=*/false);
  if (!rows.ok()) return rows.status();
  if ((*rows)[0][0].is_null()) return NoSuchJob(job_id);
  const std::string_view was = (*rows)[0][0].c_str();
  if (was == "failed" || was == "cancelled" || was == "scheduled") return absl::OkStatus();
  if (was == "taken") {
    return absl::AlreadyExistsError(fmt::format(
        "job {} is not retried: another job has its unique key; wait for that one", job_id));
  }
  return absl::FailedPreconditionError(fmt::format(
      "job {} is {}: only jobs that failed, were cancelled or are scheduled can be retried", job_id,
      was));
}

absl::Status PostgresJobStore::Change(const std::string& job_id, const JobChange& change) {
  if (absl::Status status = CheckChange(change); !status.ok()) return status;
  const std::optional<UuidBytes> id = ParseUuid(job_id);
  if (!id.has_value()) return NoSuchJob(job_id);
  Parameters parameters;
  parameters.Uuid(*id)
      .Boolean(change.run_at.has_value())
      .Time(change.run_at.value_or(absl::UnixEpoch()))
      .Boolean(change.priority.has_value())
      .Int16(static_cast<int16_t>(change.priority.value_or(0)))
      .Boolean(change.inputs.has_value())
      .Bytes(change.inputs.value_or(""));
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kChangeJob, parameters, /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  if ((*rows)[0][0].is_null()) return NoSuchJob(job_id);
  const std::string_view state = (*rows)[0][0].c_str();
  if (state == "scheduled" || state == "queued") {
    // It may be before those that were handed out last.
    cursor_.ForgetFront();
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      fmt::format("job {} is {}: only jobs that wait can be changed", job_id, state));
}

absl::StatusOr<std::vector<ClaimedJob>> PostgresJobStore::Recover(const ClaimRequest& request) {
  absl::StatusOr<UuidBytes> owner_id = UuidOf("owner_id", request.owner_id);
  if (!owner_id.ok()) return owner_id.status();
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kRecoverClaims,
                     Parameters().Uuid(*owner_id).Int64(request.last_term), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<ClaimedJob> jobs;
  for (const auto& row : *rows) {
    jobs.push_back(ClaimedJobOf(row));
    jobs.back().queue = row[2].c_str();
  }
  return jobs;
}

absl::StatusOr<std::vector<ClaimedJob>> PostgresJobStore::Claim(const ClaimRequest& request) {
  if (request.recovers) {
    absl::StatusOr<std::vector<ClaimedJob>> recovered = Recover(request);
    if (!recovered.ok() || !recovered->empty()) return recovered;
  }
  absl::StatusOr<UuidBytes> owner_id = UuidOf("owner_id", request.owner_id);
  if (!owner_id.ok()) return owner_id.status();
  size_t wanted = 0;
  for (const QueueDemand& demand : request.queues) wanted += static_cast<size_t>(demand.limit);

  std::vector<ClaimedJob> jobs;
  for (bool from_front = cursor_.IsTimeForFront();; from_front = true) {
    const size_t count = request.queues.size();
    ArrayParameter names = ArrayParameter::Texts(count);
    ArrayParameter limits = ArrayParameter::Int32s(count);
    ArrayParameter ranks = ArrayParameter::Texts(count);
    ArrayParameter ids = ArrayParameter::Uuids(count);
    for (const QueueDemand& demand : request.queues) {
      const ClaimCursor::Position after =
          from_front ? ClaimCursor::Position{} : cursor_.After(demand.queue);
      names.AddText(demand.queue);
      limits.AddInt32(demand.limit);
      ranks.Add(after.rank);
      ids.Add(AsBytes(ParseUuid(after.job_id).value_or(UuidBytes{})));
    }
    Parameters parameters;
    parameters.Uuid(*owner_id)
        .Array(std::move(names))
        .Array(std::move(limits))
        .Array(std::move(ranks))
        .Array(std::move(ids))
        .Boolean(request.wake_if_empty && from_front);
    const ClaimCursor::Clock::time_point began = ClaimCursor::Clock::now();
    absl::StatusOr<pqxx::result> rows =
        database_.Call(Statement::kClaimJobs, parameters, /*may_repeat=*/false);
    if (!rows.ok()) return rows.status();
    jobs.reserve(static_cast<size_t>(rows->size()));
    for (pqxx::result::size_type i = 0; i < rows->size(); ++i) {
      const auto row = (*rows)[i];
      const size_t queue = row[2].as<size_t>() - 1;
      jobs.push_back(ClaimedJobOf(row));
      jobs.back().queue = request.queues[queue].queue;
      const bool is_last_of_queue =
          i + 1 == rows->size() || (*rows)[i + 1][2].as<size_t>() - 1 != queue;
      if (is_last_of_queue) {
        cursor_.Advance(request.queues[queue].queue, {row[3].c_str(), row[0].c_str()});
      }
    }
    if (from_front) {
      cursor_.NoteFront(ClaimCursor::Clock::now() - began, jobs.size());
      return jobs;
    }
    if (jobs.size() < wanted) cursor_.ForgetFront();
    if (!jobs.empty()) return jobs;
  }
}

absl::StatusOr<std::vector<std::string>> PostgresJobStore::Finish(const std::string& owner_id,
                                                                  std::span<const JobEnd> ends) {
  if (ends.empty()) return std::vector<std::string>();
  if (absl::Status status = CheckEnds(ends); !status.ok()) return status;
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  absl::StatusOr<Parameters> parameters = FinishParameters(*owner, ends);
  if (!parameters.ok()) return parameters.status();
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kFinishJobs, *parameters, /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  // Those are next again.
  if (std::any_of(ends.begin(), ends.end(),
                  [](const JobEnd& end) { return end.outcome == JobOutcome::kGiveBack; })) {
    cursor_.ForgetFront();
  }
  return TextsOf(*rows);
}

absl::StatusOr<std::vector<std::string>> PostgresJobStore::MarkStarted(
    const std::string& owner_id, std::span<const RunningJob> jobs) {
  if (jobs.empty()) return std::vector<std::string>();
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  ArrayParameter ids = ArrayParameter::Uuids(jobs.size());
  ArrayParameter terms = ArrayParameter::Int64s(jobs.size());
  for (const RunningJob& job : jobs) {
    absl::StatusOr<UuidBytes> id = UuidOf("the id of a job that is started", job.job_id);
    if (!id.ok()) return id.status();
    ids.Add(AsBytes(*id));
    terms.AddInt64(job.term);
  }
  absl::StatusOr<pqxx::result> rows = database_.Call(
      Statement::kMarkStarted,
      Parameters().Uuid(*owner).Array(std::move(ids)).Array(std::move(terms)), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  return TextsOf(*rows);
}

absl::StatusOr<std::vector<std::string>> PostgresJobStore::CancelRequests(
    const std::string& owner_id) {
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  absl::StatusOr<pqxx::result> rows = database_.Call(
      Statement::kListCancelRequests, Parameters().Uuid(*owner), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  return TextsOf(*rows);
}

absl::StatusOr<std::vector<int>> PostgresJobStore::LeasePermits(
    const std::string& owner_id, std::span<const PermitDemand> demands) {
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  ArrayParameter names = ArrayParameter::Texts(demands.size());
  ArrayParameter wanted = ArrayParameter::Int32s(demands.size());
  ArrayParameter in_use = ArrayParameter::Int32s(demands.size());
  for (const PermitDemand& demand : demands) {
    names.AddText(demand.queue);
    wanted.AddInt32(demand.wanted);
    in_use.AddInt32(demand.in_use);
  }
  Parameters parameters;
  parameters.Uuid(*owner).Array(std::move(names)).Array(std::move(wanted)).Array(std::move(in_use));
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kLeasePermits, parameters, /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<int> granted;
  for (const auto& row : *rows) granted.push_back(row[0].as<int>());
  return granted;
}

absl::Status PostgresJobStore::PublishWorker(const WorkerRecord& worker) {
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", worker.owner_id);
  if (!owner.ok()) return owner.status();
  ArrayParameter names = ArrayParameter::Texts(worker.queues.size());
  ArrayParameter weights = ArrayParameter::Int32s(worker.queues.size());
  for (const auto& [name, weight] : worker.queues) {
    names.AddText(name);
    weights.AddInt32(weight);
  }
  Parameters parameters;
  parameters.Uuid(*owner)
      .Int32(worker.threads)
      .Array(std::move(names))
      .Array(std::move(weights))
      .Array(NamesOf(worker.graphs));
  return database_.Call(Statement::kPublishWorker, parameters, /*may_repeat=*/true).status();
}

absl::Status PostgresJobStore::PublishGraph(const PublishedGraph& graph) {
  if (absl::Status status = CheckPublishedGraph(graph); !status.ok()) return status;
  Parameters parameters;
  parameters.Text(graph.graph)
      .Text(graph.fingerprint)
      .Bytes(graph.description)
      .Bytes(graph.descriptors);
  return database_.Call(Statement::kPublishGraph, parameters, /*may_repeat=*/true).status();
}

absl::Status PostgresJobStore::RetireOwner(const std::string& owner_id) {
  absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id);
  if (!owner.ok()) return owner.status();
  return database_.Call(Statement::kRetireOwner, Parameters().Uuid(*owner), /*may_repeat=*/true)
      .status();
}

absl::StatusOr<MaintainResult> PostgresJobStore::Maintain(const MaintainOptions& options) {
  Parameters parameters;
  parameters.Int32(options.most_crashes)
      .Micros(options.keep_succeeded)
      .Micros(options.keep_failed)
      .Int32(options.batch)
      .Boolean(options.lapsed_are_dead);
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kMaintainJobs, parameters, /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  const auto row = (*rows)[0];
  MaintainResult result;
  result.promoted = row[0].as<int64_t>();
  result.returned = row[1].as<int64_t>();
  result.set_aside = row[2].as<int64_t>();
  result.removed = row[3].as<int64_t>();
  if (result.returned > 0) cursor_.ForgetFront();
  if (!row[4].is_null()) result.next_due = absl::Microseconds(row[4].as<int64_t>());
  result.more = row[5].as<bool>();
  result.hindrance = row[6].c_str();
  result.has_due_schedules = row[7].as<bool>();
  return result;
}

absl::StatusOr<NextDue> PostgresJobStore::FindNextDue() {
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kFindNextDue, Parameters(), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  const auto row = (*rows)[0];
  NextDue due = {.has_due_schedules = row[1].as<bool>()};
  if (!row[0].is_null()) due.next_due = absl::Microseconds(row[0].as<int64_t>());
  return due;
}

absl::StatusOr<std::unique_ptr<JobListener>> PostgresJobStore::Listen(const std::string& owner_id,
                                                                      JobEvents events) {
  if (!owner_id.empty()) {
    if (absl::StatusOr<UuidBytes> owner = UuidOf("owner_id", owner_id); !owner.ok()) {
      return owner.status();
    }
  }
  absl::StatusOr<pqxx::result> channels =
      database_.Call(Statement::kFindChannels, Parameters(), /*may_repeat=*/true);
  if (!channels.ok()) return channels.status();
  return StartPostgresListener({.connection_string = database_.connection_string(),
                                .work_channel = (*channels)[0][0].c_str(),
                                .finished_channel = (*channels)[0][1].c_str(),
                                .owner_id = owner_id,
                                .events = std::move(events)});
}

absl::StatusOr<std::vector<QueueRecord>> PostgresJobStore::Queues() {
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kListQueues, Parameters(), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<QueueRecord> queues;
  for (const auto& row : *rows) {
    QueueRecord& queue = queues.emplace_back();
    queue.queue = row[0].c_str();
    queue.settings.mode = ParseMode(row[1].c_str()).value_or(QueueMode::kRunning);
    queue.settings.concurrency_limit = row[2].as<int>();
    queue.settings.key_limit = row[3].as<int>();
    queue.scheduled = row[4].as<int64_t>();
    queue.queued = row[5].as<int64_t>();
    queue.running = row[6].as<int64_t>();
    queue.succeeded = row[7].as<int64_t>();
    queue.failed = row[8].as<int64_t>();
    queue.cancelled = row[9].as<int64_t>();
  }
  return queues;
}

absl::Status PostgresJobStore::Configure(const std::string& queue, const QueueSettings& settings) {
  if (absl::Status status = CheckQueue(queue, settings); !status.ok()) return status;
  Parameters parameters;
  parameters.Text(queue)
      .Text(ToString(settings.mode))
      .Int32(settings.concurrency_limit)
      .Int32(settings.key_limit);
  return database_.Call(Statement::kConfigureQueue, parameters, /*may_repeat=*/true).status();
}

absl::StatusOr<std::vector<WorkerRecord>> PostgresJobStore::Workers() {
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kListWorkers, Parameters(), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<WorkerRecord> workers;
  for (const auto& row : *rows) {
    WorkerRecord& worker = workers.emplace_back();
    worker.owner_id = row[0].c_str();
    worker.host = row[1].c_str();
    worker.process_id = row[2].as<int64_t>();
    worker.program = row[3].c_str();
    worker.started_at = absl::FromUnixMicros(row[4].as<int64_t>());
    worker.is_alive = row[5].as<bool>();
    worker.threads = row[6].as<int>();
    const std::vector<std::string> names = TextsOfArray(row[7].c_str());
    const std::vector<std::string> weights = TextsOfArray(row[8].c_str());
    for (size_t i = 0; i < names.size() && i < weights.size(); ++i) {
      worker.queues.emplace_back(names[i], std::atoi(weights[i].c_str()));
    }
    worker.graphs = TextsOfArray(row[9].c_str());
    worker.running = row[10].as<int64_t>();
  }
  return workers;
}

absl::StatusOr<std::vector<PublishedGraph>> PostgresJobStore::Graphs() {
  absl::StatusOr<pqxx::result> rows =
      database_.Call(Statement::kListGraphs, Parameters(), /*may_repeat=*/true);
  if (!rows.ok()) return rows.status();
  std::vector<PublishedGraph> graphs;
  for (const auto& row : *rows) {
    graphs.push_back({.graph = row[0].c_str(),
                      .fingerprint = row[1].c_str(),
                      .description = BytesOf(row[2]),
                      .descriptors = BytesOf(row[3]),
                      .published_at = absl::FromUnixMicros(row[4].as<int64_t>())});
  }
  return graphs;
}

}  // namespace protograph::internal
