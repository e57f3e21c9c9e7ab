#include "store/memory_job_store.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "store/job_checks.h"

namespace protograph::internal {
namespace {

absl::Status NoSuchJob(const std::string& job_id) {
  return absl::NotFoundError(fmt::format(
      "there is no job {}: it was never submitted, or has finished so long ago that it was removed",
      job_id));
}

bool Contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool IsWaiting(const MemoryJob& job) {
  return job.state == JobState::kScheduled || job.state == JobState::kQueued;
}

bool Matches(const MemoryJob& job, const JobFilter& filter) {
  const JobSubmission& submission = job.submission;
  const auto is_wanted = [](const std::string& wanted, const std::string& actual) {
    return wanted.empty() || wanted == actual;
  };
  return (filter.states.empty() || std::find(filter.states.begin(), filter.states.end(),
                                             job.state) != filter.states.end()) &&
         is_wanted(filter.queue, submission.queue) && is_wanted(filter.graph, submission.graph) &&
         is_wanted(filter.output_type, submission.output_type) &&
         is_wanted(filter.unique_key, submission.unique_key) && filter.parent_id == job.parent_id &&
         (filter.due_by == absl::InfiniteFuture() ||
          (IsWaiting(job) && job.due_at <= filter.due_by)) &&
         std::all_of(filter.tags.begin(), filter.tags.end(),
                     [&](const std::string& tag) { return Contains(submission.tags, tag); });
}

ClaimedJob ToClaimed(const MemoryJob& job) {
  const JobSubmission& submission = job.submission;
  return {.job_id = job.id(),
          .term = job.term,
          .queue = submission.queue,
          .graph = submission.graph,
          .output_type = submission.output_type,
          .inputs = submission.inputs,
          .attempt = job.attempt,
          .max_attempts = submission.max_attempts,
          .backoff = submission.backoff,
          .longest_backoff = submission.longest_backoff,
          .timeout = submission.timeout,
          .is_suspect = job.is_suspect,
          .crashes = job.crashes,
          .was_claimed = job.claims > 1};
}

std::optional<JobState> FinalStateOf(JobOutcome outcome) {
  switch (outcome) {
    case JobOutcome::kSucceeded:
      return JobState::kSucceeded;
    case JobOutcome::kFailed:
      return JobState::kFailed;
    case JobOutcome::kCancelled:
      return JobState::kCancelled;
    case JobOutcome::kRetry:
    case JobOutcome::kSnooze:
    case JobOutcome::kGiveBack:
      break;
  }
  return std::nullopt;
}

}  // namespace

MemoryJobStore::MemoryJobStore(Clock& clock, MemoryOwners& owners, MemoryJobState& state)
    : clock_(clock), owners_(owners), state_(state), events_(*state.events), jobs_(state.jobs) {}

absl::StatusOr<std::vector<SubmittedJob>> MemoryJobStore::Submit(
    std::span<const JobSubmission> submissions) {
  for (const JobSubmission& submission : submissions) {
    if (absl::Status status = CheckSubmission(submission); !status.ok()) return status;
  }
  const std::lock_guard<std::mutex> lock(state_.mutex);
  for (const JobSubmission& submission : submissions) {
    const MemoryQueue* queue = jobs_.FindQueue(submission.queue);
    if (queue != nullptr && queue->record.settings.mode == QueueMode::kDraining) {
      return absl::FailedPreconditionError(
          fmt::format("the queue {} is draining and takes no new jobs: submit to another one, or "
                      "resume it",
                      submission.queue));
    }
  }
  const absl::Time now = clock_.Now();
  std::vector<SubmittedJob> submitted;
  submitted.reserve(submissions.size());
  for (const JobSubmission& submission : submissions) {
    const MemoryJob* other = jobs_.Find(submission.job_id);
    if (other == nullptr && !submission.unique_key.empty()) {
      other = jobs_.HolderOf(submission.queue, submission.unique_key, now);
    }
    if (other == nullptr) jobs_.Add(submission, now);
    submitted.push_back(
        {.job_id = other != nullptr ? other->id() : submission.job_id, .is_new = other == nullptr});
  }
  return submitted;
}

absl::StatusOr<JobContents> MemoryJobStore::Get(const std::string& job_id) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const MemoryJob* job = jobs_.Find(job_id);
  if (job == nullptr) return NoSuchJob(job_id);
  return JobContents{
      .record = job->ToRecord(), .inputs = job->submission.inputs, .result = job->result};
}

absl::StatusOr<std::vector<JobRecord>> MemoryJobStore::List(const JobFilter& filter,
                                                            const std::string& after_job_id,
                                                            int limit) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const std::map<std::string, MemoryJob>& by_id = jobs_.by_id();
  std::vector<JobRecord> records;
  auto it = after_job_id.empty() ? by_id.end() : by_id.lower_bound(after_job_id);
  while (it != by_id.begin() && static_cast<int64_t>(records.size()) < limit) {
    --it;
    if (Matches(it->second, filter)) records.push_back(it->second.ToRecord());
  }
  return records;
}

absl::StatusOr<JobState> MemoryJobStore::Cancel(const std::string& job_id) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  MemoryJob* job = jobs_.Find(job_id);
  if (job == nullptr) return NoSuchJob(job_id);
  return jobs_.Cancel(*job, clock_.Now());
}

absl::Status MemoryJobStore::Retry(const std::string& job_id) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const absl::Time now = clock_.Now();
  MemoryJob* job = jobs_.Find(job_id);
  if (job == nullptr) return NoSuchJob(job_id);
  if (job->state == JobState::kScheduled) {
    jobs_.Wait(*job, now, now);
    return absl::OkStatus();
  }
  if (job->state != JobState::kFailed && job->state != JobState::kCancelled) {
    return absl::FailedPreconditionError(
        fmt::format("job {} is {}: only those that have failed, were cancelled or are scheduled "
                    "can be queued again",
                    job_id, ToString(job->state)));
  }
  const JobSubmission& submission = job->submission;
  if (!submission.unique_key.empty()) {
    const MemoryJob* holder = jobs_.HolderOf(submission.queue, submission.unique_key, now);
    if (holder != nullptr && holder != job) {
      return absl::AlreadyExistsError(
          fmt::format("job {} has the unique key of job {}: wait until it has finished, or cancel "
                      "it",
                      holder->id(), job_id));
    }
  }
  job->attempt = 0;
  job->crashes = 0;
  job->is_suspect = false;
  job->cancel_requested = false;
  job->is_in_attempt = false;
  state_.items.BeginAnew(job_id);
  // As a child it is open again, whatever it had made.
  state_.items.ForgetResults(job_id);
  jobs_.Wait(*job, now, now);
  return absl::OkStatus();
}

absl::Status MemoryJobStore::Change(const std::string& job_id, const JobChange& change) {
  if (absl::Status status = CheckChange(change); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const absl::Time now = clock_.Now();
  MemoryJob* job = jobs_.Find(job_id);
  if (job == nullptr) return NoSuchJob(job_id);
  if (!IsWaiting(*job)) {
    return absl::FailedPreconditionError(fmt::format(
        "job {} is {}: only those that wait can be changed", job_id, ToString(job->state)));
  }
  if (change.inputs.has_value()) job->submission.inputs = *change.inputs;
  if (change.priority.has_value()) job->submission.priority = *change.priority;
  if (!change.run_at.has_value() && !change.priority.has_value()) return absl::OkStatus();
  // One that is due already keeps its place where it is to run at once.
  const absl::Time asked = change.run_at.value_or(job->due_at);
  jobs_.Wait(*job, asked > now ? asked : std::min(job->due_at, now), now);
  if (job->state == JobState::kScheduled) events_.NoteDue();
  return absl::OkStatus();
}

std::vector<ClaimedJob> MemoryJobStore::ClaimedSince(const std::string& owner_id,
                                                     int64_t term) const {
  std::vector<ClaimedJob> claimed;
  const auto of_owner = jobs_.running().find(owner_id);
  if (of_owner == jobs_.running().end()) return claimed;
  for (const MemoryJob* job : of_owner->second) {
    if (job->term > term) claimed.push_back(ToClaimed(*job));
  }
  return claimed;
}

absl::StatusOr<std::vector<ClaimedJob>> MemoryJobStore::Claim(const ClaimRequest& request) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<ClaimedJob> claimed;
  if (request.recovers) claimed = ClaimedSince(request.owner_id, request.last_term);
  if (!claimed.empty()) return claimed;
  events_.Awake(request.owner_id);
  if (!owners_.IsAlive(request.owner_id)) return claimed;
  const absl::Time now = clock_.Now();
  Promote(now, std::numeric_limits<int64_t>::max());
  for (const QueueDemand& demand : request.queues) {
    MemoryQueue* queue = jobs_.FindQueue(demand.queue);
    if (queue == nullptr || queue->record.settings.mode == QueueMode::kPaused) continue;
    for (int i = 0; i < demand.limit && !queue->ready.empty(); ++i) {
      MemoryJob& job = **queue->ready.begin();
      jobs_.Start(job, request.owner_id, ++last_term_, now);
      claimed.push_back(ToClaimed(job));
    }
  }
  if (claimed.empty() && request.wake_if_empty) events_.Sleep(request.owner_id, request.queues);
  return claimed;
}

bool MemoryJobStore::IsRepeated(const std::string& owner_id, const JobEnd& end) {
  const MemoryJob* job = jobs_.Find(end.job_id);
  return job != nullptr && job->owner_id == owner_id && job->term == end.term &&
         FinalStateOf(end.outcome) == job->state;
}

absl::StatusOr<std::vector<std::string>> MemoryJobStore::Finish(const std::string& owner_id,
                                                                std::span<const JobEnd> ends) {
  // Nothing can fail after this, so that all of it is applied.
  if (absl::Status status = CheckEnds(ends); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  const absl::Time now = clock_.Now();
  std::vector<std::string> refused;
  for (const JobEnd& end : ends) {
    if (MemoryJob* job = jobs_.FindRunning(owner_id, end.job_id, end.term); job != nullptr) {
      End(*job, end, now);
    } else if (!IsRepeated(owner_id, end)) {
      refused.push_back(end.job_id);
    }
  }
  return refused;
}

void MemoryJobStore::End(MemoryJob& job, const JobEnd& end, absl::Time now) {
  if (end.outcome == JobOutcome::kGiveBack || end.outcome == JobOutcome::kSnooze) --job.attempt;
  if (end.outcome == JobOutcome::kGiveBack && !end.was_begun) --job.claims;
  if (end.outcome != JobOutcome::kGiveBack && end.outcome != JobOutcome::kSucceeded) {
    job.error_code = end.error_code;
    job.error = end.error;
    job.failed_step = end.failed_step;
  }
  if (const std::optional<JobState> state = FinalStateOf(end.outcome); state.has_value()) {
    if (*state == JobState::kSucceeded) job.result = end.result;
    jobs_.Finish(job, *state, now);
  } else if (job.cancel_requested) {
    // Nobody would come to know of the request where it waits.
    jobs_.Finish(job, JobState::kCancelled, now);
  } else if (end.outcome == JobOutcome::kRetry || end.outcome == JobOutcome::kSnooze) {
    jobs_.Wait(job, now + end.wait, now);
  } else {
    jobs_.Queue(job, now);
  }
}

absl::StatusOr<std::vector<std::string>> MemoryJobStore::MarkStarted(
    const std::string& owner_id, std::span<const RunningJob> jobs) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<std::string> refused;
  for (const RunningJob& running : jobs) {
    if (MemoryJob* job = jobs_.FindRunning(owner_id, running.job_id, running.term);
        job != nullptr) {
      job->is_started = true;
    } else {
      refused.push_back(running.job_id);
    }
  }
  return refused;
}

absl::StatusOr<std::vector<std::string>> MemoryJobStore::CancelRequests(
    const std::string& owner_id) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<std::string> requested;
  const auto of_owner = jobs_.running().find(owner_id);
  if (of_owner == jobs_.running().end()) return requested;
  for (const MemoryJob* job : of_owner->second) {
    if (job->cancel_requested) requested.push_back(job->id());
  }
  return requested;
}

absl::StatusOr<std::vector<int>> MemoryJobStore::LeasePermits(
    const std::string& owner_id, std::span<const PermitDemand> demands) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<int> permits;
  for (const PermitDemand& demand : demands) {
    const MemoryQueue* queue = jobs_.FindQueue(demand.queue);
    const int limit = queue != nullptr ? queue->record.settings.concurrency_limit : 0;
    permits.push_back(permits_[demand.queue].Lease(
        owner_id, demand, limit, [this](const std::string& id) { return owners_.IsAlive(id); }));
  }
  return permits;
}

absl::Status MemoryJobStore::PublishWorker(const WorkerRecord& worker) {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  if (!owners_.Find(worker.owner_id).has_value()) {
    return absl::NotFoundError(
        fmt::format("owner {} is not registered: register it before it works", worker.owner_id));
  }
  const auto [published, is_new] = workers_.try_emplace(worker.owner_id);
  if (is_new) {
    published->second.started_at = clock_.Now();
    published->second.sequence = ++last_publication_;
  }
  published->second.record = worker;
  return absl::OkStatus();
}

absl::Status MemoryJobStore::PublishGraph(const PublishedGraph& graph) {
  if (absl::Status status = CheckPublishedGraph(graph); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  PublishedGraph& published = graphs_[graph.graph];
  published = graph;
  published.published_at = clock_.Now();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<JobListener>> MemoryJobStore::Listen(const std::string& owner_id,
                                                                    JobEvents events) {
  return events_.Listen(owner_id, std::move(events));
}

absl::StatusOr<std::vector<QueueRecord>> MemoryJobStore::Queues() {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<QueueRecord> records;
  for (const auto& [name, queue] : jobs_.queues()) records.push_back(queue.record);
  return records;
}

absl::Status MemoryJobStore::Configure(const std::string& queue, const QueueSettings& settings) {
  if (absl::Status status = CheckQueue(queue, settings); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(state_.mutex);
  MemoryQueue& configured = jobs_.QueueOf(queue);
  configured.record.settings = settings;
  jobs_.AdmitAll(configured);
  if (settings.mode != QueueMode::kPaused && !configured.ready.empty()) events_.NoteWork(queue);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<WorkerRecord>> MemoryJobStore::Workers() {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<const PublishedWorker*> published;
  for (const auto& [owner_id, worker] : workers_) published.push_back(&worker);
  std::sort(published.begin(), published.end(),
            [](const auto* one, const auto* other) { return one->sequence > other->sequence; });
  std::vector<WorkerRecord> records;
  for (const PublishedWorker* worker : published) {
    WorkerRecord record = worker->record;
    const std::optional<Owner> owner = owners_.Find(record.owner_id);
    if (!owner.has_value()) continue;
    record.host = owner->host;
    record.process_id = owner->process_id;
    record.program = owner->program;
    record.started_at = worker->started_at;
    record.is_alive = owners_.IsAlive(record.owner_id);
    const auto running = jobs_.running().find(record.owner_id);
    record.running =
        running != jobs_.running().end() ? static_cast<int64_t>(running->second.size()) : 0;
    records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<std::vector<PublishedGraph>> MemoryJobStore::Graphs() {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  std::vector<PublishedGraph> graphs;
  for (const auto& [name, graph] : graphs_) graphs.push_back(graph);
  return graphs;
}

}  // namespace protograph::internal
