#include "protograph/jobs/client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "base/uuid.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "jobs/job_status.h"
#include "jobs/known_graphs.h"
#include "protograph/random_source.h"

namespace protograph {

using google::protobuf::Message;
using internal::KnownGraphs;

namespace {

// UUIDv7s in the order in which they are made: the 12 bits after the milliseconds count (RFC 9562,
// 6.2, method 1), so that jobs of one call are done in its order.
std::vector<std::string> MakeJobIds(size_t count) {
  constexpr size_t kIdsPerMillisecond = 4096;
  constexpr size_t kCounterPlace = 15;
  const absl::Time now = absl::Now();
  std::vector<std::string> ids;
  ids.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const auto millis = static_cast<int64_t>(i / kIdsPerMillisecond);
    std::string id = internal::MakeUuidV7(now + absl::Milliseconds(millis), RandomSource::System());
    if (count > 1) {
      fmt::format_to_n(id.data() + kCounterPlace, 3, "{:03x}", i % kIdsPerMillisecond);
    }
    ids.push_back(std::move(id));
  }
  return ids;
}

absl::Status AppendJson(const std::string& text, std::string& json) {
  google::protobuf::Value value;
  value.set_string_value(text);
  std::string quoted;
  const auto status = google::protobuf::util::MessageToJsonString(value, &quoted);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("SubmitOptions::metadata has a text that cannot be JSON: {}",
                    std::string_view(status.message().data(), status.message().size())));
  }
  json += quoted;
  return absl::OkStatus();
}

// Text by text, and not by a google.protobuf.Struct: the layout of protobuf's maps is another one
// under the thread sanitizer than in a library that was built without.
absl::StatusOr<std::string> MetadataOf(const std::map<std::string, std::string>& metadata) {
  if (metadata.empty()) return std::string();
  std::string json;
  for (const auto& [key, value] : metadata) {
    json += json.empty() ? "{" : ",";
    if (absl::Status status = AppendJson(key, json); !status.ok()) return status;
    json += ":";
    if (absl::Status status = AppendJson(value, json); !status.ok()) return status;
  }
  return json + "}";
}

absl::StatusOr<JobSubmission> SubmissionOf(std::string_view graph, std::string_view output_type,
                                           const SubmitOptions& options) {
  absl::StatusOr<std::string> metadata = MetadataOf(options.metadata);
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

absl::StatusOr<JobInputs> InputsOf(std::span<const Message* const> messages) {
  JobInputs inputs;
  for (const Message* message : messages) {
    if (message == nullptr) {
      return absl::InvalidArgumentError("an input of a job is null: give a message for each");
    }
    JobInput& input = *inputs.add_inputs();
    input.set_type(message->GetTypeName());
    if (!message->IsInitialized() || !message->SerializeToString(input.mutable_message())) {
      return absl::InvalidArgumentError(
          fmt::format("the input {} of a job cannot be serialised: {}", message->GetTypeName(),
                      message->IsInitialized() ? "it is larger than 2 GiB"
                                               : message->InitializationErrorString()));
    }
  }
  return inputs;
}

std::vector<std::string> TypesOf(const JobInputs& inputs) {
  std::vector<std::string> types;
  for (const JobInput& input : inputs.inputs()) types.push_back(input.type());
  return types;
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
  submission->job_id = std::move(MakeJobIds(1).front());
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
  absl::StatusOr<JobInputs> stored = InputsOf(inputs);
  if (!stored.ok()) return stored.status();
  return state_->SubmitOne(graph, output_type, *stored, options, nullptr);
}

absl::StatusOr<JobId> Client::SubmitMessageIn(pqxx::transaction_base& transaction,
                                              std::string_view graph, std::string_view output_type,
                                              std::span<const Message* const> inputs,
                                              const SubmitOptions& options) {
  absl::StatusOr<JobInputs> stored = InputsOf(inputs);
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
  std::vector<std::string> ids = MakeJobIds(requests.size());
  std::vector<JobSubmission> submissions;
  submissions.reserve(requests.size());
  std::vector<std::string> checked_types;
  for (size_t i = 0; i < requests.size(); ++i) {
    absl::StatusOr<JobInputs> inputs = InputsOf(requests[i].inputs);
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
  const absl::Time deadline = absl::Now() + timeout;
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
    const absl::Duration left = deadline - absl::Now();
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

absl::StatusOr<std::vector<JobRecord>> Client::List(const JobFilter& filter, const JobId& after,
                                                    int limit) {
  return state_->jobs.List(filter, after, limit);
}

absl::StatusOr<JobState> Client::Cancel(const JobId& job_id) { return state_->jobs.Cancel(job_id); }
absl::Status Client::Retry(const JobId& job_id) { return state_->jobs.Retry(job_id); }

absl::StatusOr<std::vector<QueueRecord>> Client::Queues() { return state_->jobs.Queues(); }

absl::Status Client::Configure(const std::string& queue, const QueueSettings& settings) {
  return state_->jobs.Configure(queue, settings);
}

}  // namespace protograph
