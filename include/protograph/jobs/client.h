#ifndef PROTOGRAPH_JOBS_CLIENT_H_
#define PROTOGRAPH_JOBS_CLIENT_H_

// Client: submits jobs, and asks what has become of them.
//
//   absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(store);
//   absl::StatusOr<JobId> job = (*client)->Submit<TagSet>("movies", movie_id);
//   absl::StatusOr<TagSet> tags = (*client)->Wait<TagSet>(*job, absl::Seconds(10));
//
// A job is a request for one output of one graph. Any worker that has the graph and takes from the
// job's queue does it: see worker.h. Within a transaction of the caller's own a job is there
// exactly when the transaction commits:
//
//   pqxx::work transaction(connection);
//   transaction.exec("INSERT INTO films ...");
//   client->Submit<TagSet>(transaction, "movies", movie_id);
//   transaction.commit();
//
// What is guaranteed, and the states of a job: docs/jobs.md.
//
// Thread safe. Calls block, as the store does. Errors: those of the store; kInvalidArgument for
// what cannot be submitted.

#include <concepts>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "protograph/exec_ctx.h"
#include "protograph/graph.h"
#include "protograph/job.pb.h"
#include "protograph/many.h"
#include "protograph/store/job_store.h"
#include "protograph/store/store.h"

namespace protograph {

// A UUIDv7, in its usual spelling.
using JobId = std::string;

// How often a job is tried. A job whose last attempt fails has failed.
struct JobRetry {
  // All of them, the first one too.
  int attempts = 5;
  // A random wait between nothing and backoff * 2^n, at most longest_backoff (full jitter).
  absl::Duration backoff = absl::Seconds(10);
  absl::Duration longest_backoff = absl::Hours(1);
};

struct SubmitOptions {
  // Made where it is not there.
  std::string queue = std::string(kDefaultQueue);
  // Larger ones first; each step is worth an hour of waiting. From -1000 to 1000.
  int priority = 0;
  // Not before this time of the database's clock, and not before so much time has passed.
  absl::Time earliest_run_time = absl::InfinitePast();
  absl::Duration delay = absl::ZeroDuration();
  JobRetry retry = {};
  // Of one attempt: its context's deadline.
  absl::Duration timeout = absl::Hours(1);
  // Where another job of the queue has this key, that one's id is returned and no job is made.
  std::string unique_key = {};
  UniqueAmong unique_among = UniqueAmong::kUnfinished;
  // With UniqueAmong::kFinished: for so long after the other job has finished.
  absl::Duration unique_for = absl::ZeroDuration();
  // Of jobs with the same key at most QueueSettings::key_limit run at once.
  std::string concurrency_key = {};
  std::vector<std::string> tags = {};
  std::map<std::string, std::string> metadata = {};
};

// One job of SubmitMany.
struct JobRequest {
  // Several inputs where the output needs several.
  std::vector<const google::protobuf::Message*> inputs;
  SubmitOptions options = {};
};

struct ClientOptions {
  // Graphs that the program knows: what they cannot do is refused when it is submitted. What
  // workers have published of other graphs is asked for in the store, once a minute at most.
  std::vector<Graph> graphs = {};
  // How often Wait looks, beside being told.
  absl::Duration poll_interval = absl::Seconds(2);
};

namespace internal {

// The name of a job's output, and one of its inputs.
template <class Output>
std::string_view JobOutputName() {
  static_assert(!IsMany<Output>,
                "Protograph: a job makes a message and not a collection: ask for a message that a "
                "step makes of the collection");
  if constexpr (!IsMany<Output>) {
    return Output::descriptor()->full_name();
  } else {
    return {};
  }
}
template <class Input>
const google::protobuf::Message* JobInputOf(const Input& input) {
  static_assert(!IsMany<Input>,
                "Protograph: a job begins from a message and not from a collection: submit a "
                "message that a step makes the collection of");
  if constexpr (!IsMany<Input>) {
    return &input;
  } else {
    return nullptr;
  }
}

}  // namespace internal

class Client {
 public:
  // kInvalidArgument where the store keeps no jobs. Asks nothing of it yet.
  static absl::StatusOr<std::unique_ptr<Client>> Make(std::shared_ptr<Store> store,
                                                      ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // A job that makes an `Output` of the graph, from this input. Returns once it is committed.
  template <class Output, class Input>
  absl::StatusOr<JobId> Submit(std::string_view graph, const Input& input,
                               const SubmitOptions& options = {}) {
    const google::protobuf::Message* inputs[] = {internal::JobInputOf(input)};
    return SubmitMessage(graph, internal::JobOutputName<Output>(), inputs, options);
  }

  // The same in a transaction of the caller's on the store's database, in which the store's schema
  // need not be in the search path. It must be in a state in which a statement can be executed;
  // where the statement fails the transaction is aborted, as by any other.
  template <class Output, class Input>
  absl::StatusOr<JobId> Submit(pqxx::transaction_base& transaction, std::string_view graph,
                               const Input& input, const SubmitOptions& options = {}) {
    const google::protobuf::Message* inputs[] = {internal::JobInputOf(input)};
    return SubmitMessageIn(transaction, graph, internal::JobOutputName<Output>(), inputs, options);
  }

  // Many jobs in one round trip, all or none of them.
  template <class Output>
  absl::StatusOr<std::vector<JobId>> SubmitMany(std::string_view graph,
                                                std::span<const JobRequest> requests) {
    return SubmitMessages(graph, internal::JobOutputName<Output>(), requests);
  }
  // The same with one input each, and the same options.
  template <class Output, std::derived_from<google::protobuf::Message> Input>
  absl::StatusOr<std::vector<JobId>> SubmitMany(std::string_view graph,
                                                const std::vector<Input>& inputs,
                                                const SubmitOptions& options = {}) {
    std::vector<const google::protobuf::Message*> messages;
    messages.reserve(inputs.size());
    for (const Input& input : inputs) messages.push_back(&input);
    return SubmitMessages(graph, internal::JobOutputName<Output>(), messages, options);
  }

  // The output of a job that has succeeded. kFailedPrecondition where the job has not finished;
  // where it has failed, its error, and where it was cancelled, kCancelled, both with a JobFailure
  // as payload (see GetJobFailure); kInvalidArgument where it makes another message; kNotFound
  // where there is no such job (any more).
  template <class Output>
  absl::StatusOr<Output> Result(const JobId& job_id) {
    Output output;
    absl::Status status = ReadResult(job_id, output);
    if (!status.ok()) return status;
    return output;
  }

  // Waits until the job has finished. kDeadlineExceeded where that takes longer; otherwise as
  // Result. Woken by the store's notification.
  template <class Output>
  absl::StatusOr<Output> Wait(const JobId& job_id, absl::Duration timeout) {
    Output output;
    absl::Status status = WaitForResult(job_id, timeout, output);
    if (!status.ok()) return status;
    return output;
  }

  // The untyped forms, for tools. `output_type` is the message's full name.
  absl::StatusOr<JobId> SubmitMessage(std::string_view graph, std::string_view output_type,
                                      std::span<const google::protobuf::Message* const> inputs,
                                      const SubmitOptions& options);
  // The inputs as they are stored: JSON is taken too.
  absl::StatusOr<JobId> SubmitInputs(std::string_view graph, std::string_view output_type,
                                     const JobInputs& inputs, const SubmitOptions& options);
  // Waits until the job has finished and returns what the store has of it.
  absl::StatusOr<JobContents> WaitForJob(const JobId& job_id, absl::Duration timeout);

  absl::StatusOr<JobRecord> Status(const JobId& job_id);
  absl::StatusOr<JobContents> Contents(const JobId& job_id);
  // How far the job's steps are that run once for each item, those among them whose items are jobs
  // of their own (ItemPlace::kOnWorkers); as its worker has said last, about a second ago. Empty
  // where there are none, or the job has not begun. kNotFound.
  absl::StatusOr<std::vector<StepProgress>> Progress(const JobId& job_id);
  // See JobStore::List.
  absl::StatusOr<std::vector<JobRecord>> List(const JobFilter& filter, const JobId& after = {},
                                              int limit = 100);
  // See JobStore::Cancel: at once where the job waits; a running one's context is asked to stop.
  absl::StatusOr<JobState> Cancel(const JobId& job_id);
  // See JobStore::Retry.
  absl::Status Retry(const JobId& job_id);

  // Of a job that no worker has: its time, its priority or its input. kFailedPrecondition where it
  // runs or has finished.
  absl::Status Reschedule(const JobId& job_id, absl::Time run_at);
  absl::Status SetPriority(const JobId& job_id, int priority);
  template <class Input>
  absl::Status ReplaceInput(const JobId& job_id, const Input& input) {
    const google::protobuf::Message* inputs[] = {&input};
    return ReplaceMessages(job_id, inputs);
  }

  absl::StatusOr<std::vector<QueueRecord>> Queues();
  absl::Status Configure(const std::string& queue, const QueueSettings& settings);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);

  absl::StatusOr<JobId> SubmitMessageIn(pqxx::transaction_base& transaction, std::string_view graph,
                                        std::string_view output_type,
                                        std::span<const google::protobuf::Message* const> inputs,
                                        const SubmitOptions& options);
  absl::StatusOr<std::vector<JobId>> SubmitMessages(std::string_view graph,
                                                    std::string_view output_type,
                                                    std::span<const JobRequest> requests);
  absl::StatusOr<std::vector<JobId>> SubmitMessages(
      std::string_view graph, std::string_view output_type,
      std::span<const google::protobuf::Message* const> inputs, const SubmitOptions& options);
  absl::Status ReplaceMessages(const JobId& job_id,
                               std::span<const google::protobuf::Message* const> inputs);
  absl::Status ReadResult(const JobId& job_id, google::protobuf::Message& output);
  absl::Status WaitForResult(const JobId& job_id, absl::Duration timeout,
                             google::protobuf::Message& output);

  std::unique_ptr<State> state_;
};

// What is known of the job that made Result or Wait return `status`; nothing where `status` does
// not say that a job has failed or was cancelled.
std::optional<JobFailure> GetJobFailure(const absl::Status& status);

}  // namespace protograph

#endif  // PROTOGRAPH_JOBS_CLIENT_H_
