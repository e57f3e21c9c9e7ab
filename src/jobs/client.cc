#include "protograph/jobs/client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "base/steady_time.h"
#include "fmt/format.h"
#include "jobs/job_status.h"
#include "jobs/known_graphs.h"
#include "jobs/submissions.h"
#include "protograph/store/item_store.h"

namespace protograph {

using google::protobuf::Message;
using internal::KnownGraphs;
using internal::SerializedInputs;
using internal::TypesOf;

namespace {

absl::StatusOr<JobSubmission> SubmissionOf(std::string_view graph, std::string_view output_type,
                                           const SubmitOptions& options) {
  absl::StatusOr<std::string> metadata = internal::MetadataJson(options.metadata);
  if (!metadata.ok()) return metadata.status();
  return JobSubmission{.job_id = {},
                       .graph = std::string(graph),
                       .output_type = std::string(output_type),
                       .inputs = {},
                       .queue = options.queue,
                       .priority = options.priority,
                       .run_at = options.earliest_run_time,
                       .delay = options.delay,
                       .max_attempts = options.retry.attempts,
                       .backoff = options.retry.backoff,
                       .longest_backoff = options.retry.longest_backoff,
                       .timeout = options.timeout,
                       .unique_key = options.unique_key,
                       .unique_among = options.unique_among,
                       .unique_for = options.unique_for,
                       .concurrency_key = options.concurrency_key,
                       .tags = options.tags,
                       .metadata = *std::move(metadata)};
}

// Longer sleeps overflow the clocks of the standard library.
constexpr absl::Duration kLongestSleep = absl::Hours(1);

// Those who wait for a job.
struct Waiters {
  int count = 0;
  // Grows when there may be news.
  uint64_t news = 0;
};

}  // namespace

struct Client::State {
  State(std::shared_ptr<Store> the_store, ClientOptions the_options)
      : store(std::move(the_store)),
        jobs(*store->jobs()),
        items(store->items()),
        options(std::move(the_options)),
        graphs(jobs, options.graphs) {}

  absl::StatusOr<JobId> SubmitOne(std::string_view graph, std::string_view output_type,
                                  const JobInputs& inputs, const SubmitOptions& submit_options,
                                  pqxx::transaction_base* transaction);
  // Starts the listener with the first call.
  absl::Status Listen();
  void Tell(std::string_view job_id);

  const std::shared_ptr<Store> store;
  JobStore& jobs;
  ItemStore* const items;
  const ClientOptions options;
  KnownGraphs graphs;

  std::mutex mutex;
  std::condition_variable changed;
  absl::flat_hash_map<std::string, Waiters> waiters;
  // After everything that its events use.
  std::unique_ptr<JobListener> listener;
};

absl::StatusOr<JobId> Client::State::SubmitOne(std::string_view graph, std::string_view output_type,
                                               const JobInputs& inputs,
                                               const SubmitOptions& submit_options,
                                               pqxx::transaction_base* transaction) {
  if (absl::Status status = graphs.Check(graph, output_type, TypesOf(inputs)); !status.ok()) {
    return status;
  }
  absl::StatusOr<JobSubmission> submission = SubmissionOf(graph, output_type, submit_options);
  if (!submission.ok()) return submission.status();
  submission->inputs = inputs.SerializeAsString();
  submission->job_id = std::move(internal::MakeJobIds(1, absl::Now()).front());
  const std::span<const JobSubmission> submissions(&*submission, 1);
  absl::StatusOr<std::vector<SubmittedJob>> submitted =
      transaction == nullptr ? jobs.Submit(submissions) : jobs.SubmitIn(*transaction, submissions);
  if (!submitted.ok()) return submitted.status();
  return std::move(submitted->front().job_id);
}

absl::Status Client::State::Listen() {
  const std::lock_guard<std::mutex> lock(mutex);
  if (listener != nullptr) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<JobListener>> started =
      jobs.Listen("", {.on_finished = [this](std::string_view job_id) { Tell(job_id); }});
  if (!started.ok()) return started.status();
  listener = *std::move(started);
  return absl::OkStatus();
}

void Client::State::Tell(std::string_view job_id) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (job_id.empty()) {
      for (auto& [id, of_job] : waiters) ++of_job.news;
    } else {
      const auto found = waiters.find(absl::string_view(job_id.data(), job_id.size()));
      if (found == waiters.end()) return;
      ++found->second.news;
    }
  }
  changed.notify_all();
}

absl::StatusOr<std::unique_ptr<Client>> Client::Make(std::shared_ptr<Store> store,
                                                     ClientOptions options) {
  if (store == nullptr || store->jobs() == nullptr) {
    return absl::InvalidArgumentError(
        "the client was given no store that keeps jobs: give it a PostgresStore or a MemoryStore");
  }
  if (options.poll_interval <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("ClientOptions::poll_interval must be positive");
  }
  return std::unique_ptr<Client>(
      new Client(std::make_unique<State>(std::move(store), std::move(options))));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

absl::StatusOr<JobId> Client::SubmitMessage(std::string_view graph, std::string_view output_type,
                                            std::span<const Message* const> inputs,
                                            const SubmitOptions& options) {
  absl::StatusOr<JobInputs> stored = SerializedInputs(inputs);
  if (!stored.ok()) return stored.status();
  return state_->SubmitOne(graph, output_type, *stored, options, nullptr);
}

absl::StatusOr<JobId> Client::SubmitMessageIn(pqxx::transaction_base& transaction,
                                              std::string_view graph, std::string_view output_type,
                                              std::span<const Message* const> inputs,
                                              const SubmitOptions& options) {
  absl::StatusOr<JobInputs> stored = SerializedInputs(inputs);
  if (!stored.ok()) return stored.status();
  return state_->SubmitOne(graph, output_type, *stored, options, &transaction);
}

absl::StatusOr<JobId> Client::SubmitInputs(std::string_view graph, std::string_view output_type,
                                           const JobInputs& inputs, const SubmitOptions& options) {
  return state_->SubmitOne(graph, output_type, inputs, options, nullptr);
}

absl::StatusOr<std::vector<JobId>> Client::SubmitMessages(std::string_view graph,
                                                          std::string_view output_type,
                                                          std::span<const Message* const> inputs,
                                                          const SubmitOptions& options) {
  std::vector<JobRequest> requests;
  requests.reserve(inputs.size());
  for (const Message* input : inputs) requests.push_back({.inputs = {input}, .options = options});
  return SubmitMessages(graph, output_type, requests);
}

absl::StatusOr<std::vector<JobId>> Client::SubmitMessages(std::string_view graph,
                                                          std::string_view output_type,
                                                          std::span<const JobRequest> requests) {
  std::vector<std::string> ids = internal::MakeJobIds(requests.size(), absl::Now());
  std::vector<JobSubmission> submissions;
  submissions.reserve(requests.size());
  std::vector<std::string> checked_types;
  for (size_t i = 0; i < requests.size(); ++i) {
    absl::StatusOr<JobInputs> inputs = SerializedInputs(requests[i].inputs);
    if (!inputs.ok()) return inputs.status();
    // Most often all have the same.
    std::vector<std::string> types = TypesOf(*inputs);
    if (i == 0 || types != checked_types) {
      if (absl::Status status = state_->graphs.Check(graph, output_type, types); !status.ok()) {
        return status;
      }
      checked_types = std::move(types);
    }
    absl::StatusOr<JobSubmission> submission =
        SubmissionOf(graph, output_type, requests[i].options);
    if (!submission.ok()) return submission.status();
    submission->inputs = inputs->SerializeAsString();
    submission->job_id = std::move(ids[i]);
    submissions.push_back(*std::move(submission));
  }
  absl::StatusOr<std::vector<SubmittedJob>> submitted = state_->jobs.Submit(submissions);
  if (!submitted.ok()) return submitted.status();
  ids.clear();
  for (SubmittedJob& job : *submitted) ids.push_back(std::move(job.job_id));
  return ids;
}

absl::Status Client::ReplaceMessages(const JobId& job_id, std::span<const Message* const> inputs) {
  absl::StatusOr<JobInputs> stored = SerializedInputs(inputs);
  if (!stored.ok()) return stored.status();
  absl::StatusOr<JobContents> contents = state_->jobs.Get(job_id);
  if (!contents.ok()) return contents.status();
  const JobRecord& record = contents->record;
  if (!record.parent_id.empty()) {
    return absl::FailedPreconditionError(
        fmt::format("job {} has items of job {} and no input of its own: change that one", job_id,
                    record.parent_id));
  }
  if (absl::Status status =
          state_->graphs.Check(record.graph, record.output_type, TypesOf(*stored));
      !status.ok()) {
    return status;
  }
  // It stays the schedule's.
  if (JobInputs before; before.ParseFromString(contents->inputs) && before.has_scheduled()) {
    *stored->mutable_scheduled() = before.scheduled();
  }
  return state_->jobs.Change(job_id, {.inputs = stored->SerializeAsString()});
}

absl::Status Client::ReadResult(const JobId& job_id, Message& output) {
  absl::StatusOr<JobContents> contents = state_->jobs.Get(job_id);
  if (!contents.ok()) return contents.status();
  return internal::ResultOf(*contents, output);
}

absl::Status Client::WaitForResult(const JobId& job_id, absl::Duration timeout, Message& output) {
  absl::StatusOr<JobContents> contents = WaitForJob(job_id, timeout);
  if (!contents.ok()) return contents.status();
  return internal::ResultOf(*contents, output);
}

absl::StatusOr<JobContents> Client::WaitForJob(const JobId& job_id, absl::Duration timeout) {
  const absl::Time deadline = internal::SteadyTime() + timeout;
  // Without it the wait looks from time to time.
  state_->Listen().IgnoreError();
  std::unique_lock<std::mutex> lock(state_->mutex);
  ++state_->waiters[job_id].count;
  absl::StatusOr<JobContents> contents;
  while (true) {
    // Noted before the look: what comes after is news.
    const uint64_t known = state_->waiters[job_id].news;
    lock.unlock();
    contents = state_->jobs.Get(job_id);
    lock.lock();
    const bool is_over =
        contents.ok() ? IsFinal(contents->record.state) : !absl::IsUnavailable(contents.status());
    if (is_over) break;
    const absl::Duration left = deadline - internal::SteadyTime();
    if (left <= absl::ZeroDuration()) {
      if (contents.ok()) {
        contents = absl::DeadlineExceededError(
            fmt::format("job {} is still {} after {}: wait longer, or ask for it later", job_id,
                        ToString(contents->record.state), absl::FormatDuration(timeout)));
      }
      break;
    }
    state_->changed.wait_for(
        lock,
        absl::ToChronoNanoseconds(std::min({left, state_->options.poll_interval, kLongestSleep})),
        [&] { return state_->waiters[job_id].news != known; });
  }
  const auto of_job = state_->waiters.find(job_id);
  if (--of_job->second.count == 0) state_->waiters.erase(of_job);
  return contents;
}

absl::StatusOr<JobRecord> Client::Status(const JobId& job_id) {
  absl::StatusOr<JobContents> contents = state_->jobs.Get(job_id);
  if (!contents.ok()) return contents.status();
  return std::move(contents->record);
}

absl::StatusOr<JobContents> Client::Contents(const JobId& job_id) {
  return state_->jobs.Get(job_id);
}

absl::StatusOr<std::vector<StepProgress>> Client::Progress(const JobId& job_id) {
  if (state_->items == nullptr) return std::vector<StepProgress>();
  absl::StatusOr<std::vector<StepProgress>> progress = state_->items->Progress(job_id);
  if (!progress.ok() || !progress->empty()) return progress;
  // Nothing is known of jobs that are not there either.
  if (absl::StatusOr<JobContents> contents = state_->jobs.Get(job_id); !contents.ok()) {
    return contents.status();
  }
  return progress;
}

absl::StatusOr<std::vector<JobRecord>> Client::List(const JobFilter& filter, const JobId& after,
                                                    int limit) {
  return state_->jobs.List(filter, after, limit);
}

absl::StatusOr<JobState> Client::Cancel(const JobId& job_id) { return state_->jobs.Cancel(job_id); }
absl::Status Client::Reschedule(const JobId& job_id, absl::Time run_at) {
  return state_->jobs.Change(job_id, {.run_at = run_at});
}

absl::Status Client::SetPriority(const JobId& job_id, int priority) {
  return state_->jobs.Change(job_id, {.priority = priority});
}

absl::Status Client::Retry(const JobId& job_id) { return state_->jobs.Retry(job_id); }

absl::StatusOr<std::vector<QueueRecord>> Client::Queues() { return state_->jobs.Queues(); }

absl::Status Client::Configure(const std::string& queue, const QueueSettings& settings) {
  return state_->jobs.Configure(queue, settings);
}

}  // namespace protograph
