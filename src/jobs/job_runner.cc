#include "jobs/job_runner.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

#include "durability/engine_access.h"
#include "durability/engine_core.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "graph/core.h"
#include "graph/ctx_access.h"
#include "graph/failure.h"
#include "jobs/job_fan_out.h"
#include "protograph/clock.h"
#include "protograph/errors.h"
#include "protograph/random_source.h"
#include "protograph/schedule_info.h"
#include "schedules/proto_time.h"

namespace protograph::internal {

using google::protobuf::Message;

namespace {

// While a worker does not have a job's graph, as when a new one is rolled out.
constexpr absl::Duration kUnknownGraphWait = absl::Seconds(10);
// Of what is kept of an error.
constexpr size_t kLongestError = 16 << 10;

// Whether the job does not come again.
bool IsFinal(JobOutcome outcome) {
  return outcome == JobOutcome::kSucceeded || outcome == JobOutcome::kFailed ||
         outcome == JobOutcome::kCancelled;
}

// Whether it was said that another attempt is useless.
bool IsFinal(const absl::Status& error) {
  const std::optional<RetryHint> hint = HintOf(error);
  if (hint.has_value() && hint->do_not_retry()) return true;
  const std::optional<StepFailure> failure = GetStepFailure(error);
  return failure.has_value() && failure->gave_up() == StepFailure::STEP_SAID_NO;
}

// Inputs in the order of their types' names: submitters that name them in another order share a
// plan.
std::vector<const JobInput*> Sorted(const JobInputs& inputs) {
  std::vector<const JobInput*> sorted;
  for (const JobInput& input : inputs.inputs()) sorted.push_back(&input);
  std::sort(sorted.begin(), sorted.end(),
            [](const JobInput* a, const JobInput* b) { return a->type() < b->type(); });
  return sorted;
}

absl::Status Fill(const JobInput& input, Message& message) {
  if (input.content_case() == JobInput::kJson) {
    google::protobuf::util::JsonParseOptions options;
    const auto status =
        google::protobuf::util::JsonStringToMessage(input.json(), &message, options);
    if (status.ok()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        fmt::format("the job's input {} is no JSON of that message: {}", input.type(),
                    std::string_view(status.message().data(), status.message().size())));
  }
  if (message.ParseFromString(input.message())) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("the job's input {} is not such a message: it was damaged, or the message was "
                  "changed incompatibly since the job was submitted",
                  input.type()));
}

}  // namespace

absl::Duration WaitAfter(const ClaimedJob& job, RandomSource& random) {
  const double most = absl::ToDoubleSeconds(job.backoff) * std::exp2(std::min(job.attempt - 1, 60));
  const absl::Duration longest = std::min(absl::Seconds(most), job.longest_backoff);
  return longest * UniformDouble(random);
}

JobRunner::JobRunner(Engine& engine, const std::vector<Graph>& graphs, const WorkerOptions& options)
    : engine_(engine),
      options_(options),
      clock_(options.clock != nullptr ? *options.clock : Clock::System()),
      items_(EngineAccess::Core(engine).store().items()) {
  if (items_ != nullptr) batches_.emplace(EngineAccess::Core(engine), *items_, clock_);
  for (const Graph& graph : graphs) graphs_.emplace(GraphAccess::Core(graph).name(), graph);
}

EndedJob JobRunner::Run(const FetchedJob& fetched, const std::shared_ptr<JobInFlight>& running) {
  const ClaimedJob& job = fetched.job;
  EndedJob ended;
  ended.owner_id = fetched.owner_id;
  const auto graph = graphs_.find(job.graph);
  if (graph == graphs_.end()) {
    ended.end = {.job_id = job.job_id,
                 .term = job.term,
                 .outcome = JobOutcome::kSnooze,
                 .error_code = static_cast<int>(absl::StatusCode::kNotFound),
                 .error = fmt::format("a worker took the job that has no graph {}: give the graph "
                                      "to all workers of queue {}, or submit to another queue",
                                      job.graph, job.queue),
                 .wait = kUnknownGraphWait};
    return ended;
  }
  JobInputs stored;
  absl::StatusOr<std::string> result =
      !stored.ParseFromString(job.inputs)
          ? DoNotRetry(absl::InvalidArgumentError("the job's inputs are damaged"))
      : stored.has_items() ? ExecuteBatch(fetched, graph->second, stored, running, ended)
                           : Execute(fetched, graph->second, stored, running, ended);
  running->SetContext(nullptr);
  ended.end = EndOf(job, std::move(result), running->cause());
  if (ended.end.outcome == JobOutcome::kCancelled) ended.fan_outs.clear();
  // Of those that are run again the checkpoints have it.
  if (!IsFinal(ended.end.outcome)) ended.batch.reset();
  return ended;
}

ContextValues JobRunner::ValuesOf(const ClaimedJob& job, const JobInputs& stored) const {
  ContextValues values = options_.values.With(JobInfo{.job_id = job.job_id,
                                                      .queue = job.queue,
                                                      .attempt = job.attempt,
                                                      .max_attempts = job.max_attempts,
                                                      .parent_id = stored.items().parent()});
  if (!stored.has_scheduled()) return values;
  const ScheduledRun& run = stored.scheduled();
  ScheduleInfo info = {.schedule = run.schedule(), .time = TimeOf(run.time()), .previous_time = {}};
  if (run.has_previous_time()) info.previous_time = TimeOf(run.previous_time());
  return values.With(std::move(info));
}

void JobRunner::Open(const FetchedJob& fetched, const JobInputs& stored, absl::Time deadline,
                     const std::shared_ptr<JobInFlight>& running, EndedJob& ended) {
  const ClaimedJob& job = fetched.job;
  ExecutionOptions execution = {.workflow_id = "job/" + job.job_id,
                                // Nothing can be there where nobody had the job before.
                                .resume = job.was_claimed ? Resume::kAlways : Resume::kNever,
                                .keep_checkpoints = KeepCheckpoints::kUntilContextDestroyed,
                                .context = {.deadline = deadline,
                                            .stop_token = running->stop_token(),
                                            .values = ValuesOf(job, stored),
                                            .clock = options_.clock,
                                            .logger = options_.logger,
                                            .observer = running.get()}};
  if (stored.has_items()) execution.idempotency_scope = "job/" + stored.items().parent();
  // Constructed in place: a context is not moved. NOLINTNEXTLINE(modernize-make-unique)
  ended.ctx.reset(new ExecCtx(engine_.NewExecution(std::move(execution))));
  running->SetContext(ended.ctx.get());
  running->SetTimeLeft(deadline - clock_.Now());
}

absl::StatusOr<absl::Time> JobRunner::DeadlineOf(const ClaimedJob& job, const Graph& graph,
                                                 const JobInFlight& running) const {
  const absl::Time deadline = clock_.Now() + job.timeout;
  if (items_ == nullptr || !job.was_claimed || job.timeout == absl::InfiniteDuration() ||
      !GraphAccess::Core(graph).has_items_on_workers()) {
    return deadline;
  }
  // It goes on with an attempt that has waited for its items.
  const ExecCtx waits({.deadline = deadline, .stop_token = running.stop_token()});
  absl::StatusOr<absl::Duration> left;
  absl::Status status =
      EngineAccess::Core(engine_).Insist(waits, "how much time a job has left cannot be read", [&] {
        left = items_->TimeLeft(job.job_id, job.attempt);
        return left.status();
      });
  if (!status.ok()) return status;
  return std::min(deadline, clock_.Now() + *left);
}

absl::StatusOr<std::string> JobRunner::Execute(const FetchedJob& fetched, const Graph& graph,
                                               const JobInputs& stored,
                                               const std::shared_ptr<JobInFlight>& running,
                                               EndedJob& ended) {
  const ClaimedJob& job = fetched.job;
  absl::StatusOr<const ErasedCall*> call = CallOf(graph, job, stored);
  if (!call.ok()) return DoNotRetry(call.status());
  const std::vector<std::unique_ptr<Message>> messages = (*call)->NewInputs();
  std::vector<const Message*> inputs;
  const std::vector<const JobInput*> sorted = Sorted(stored);
  for (size_t i = 0; i < messages.size(); ++i) {
    if (absl::Status status = Fill(*sorted[i], *messages[i]); !status.ok()) {
      return DoNotRetry(std::move(status));
    }
    inputs.push_back(messages[i].get());
  }

  const absl::StatusOr<absl::Time> deadline = DeadlineOf(job, graph, *running);
  if (!deadline.ok()) return deadline.status();
  Open(fetched, stored, *deadline, running, ended);
  std::optional<JobFanOut> fan_out;
  if (items_ != nullptr && GraphAccess::Core(graph).has_items_on_workers()) {
    fan_out.emplace(EngineAccess::Core(engine_), *items_, job, clock_);
    CtxAccess::SetDistributor(*ended.ctx, &*fan_out);
  }
  absl::StatusOr<std::string> result = (*call)->Execute(*ended.ctx, inputs);
  if (fan_out.has_value()) {
    CtxAccess::SetDistributor(*ended.ctx, nullptr);
    // Where a step beside has failed that comes first.
    if (IsHandedOver(result.status())) ended.fan_outs = fan_out->TakeFanOuts();
    // Otherwise nobody has had it who could have handed anything over.
    ended.has_open_batches = job.was_claimed;
  }
  if (result.ok() && result->size() > kLargestPayload) {
    return DoNotRetry(absl::ResourceExhaustedError(fmt::format(
        "the job made a {} of {} bytes, and a result has at most {}: store it elsewhere "
        "and return where",
        job.output_type, result->size(), kLargestPayload)));
  }
  return result;
}

absl::StatusOr<std::string> JobRunner::ExecuteBatch(const FetchedJob& fetched, const Graph& graph,
                                                    const JobInputs& stored,
                                                    const std::shared_ptr<JobInFlight>& running,
                                                    EndedJob& ended) {
  const ClaimedJob& job = fetched.job;
  ended.batch.emplace().parent = {.job_id = stored.items().parent(), .term = stored.items().term()};
  if (!batches_.has_value()) {
    return absl::FailedPreconditionError("the worker's store keeps no items of other jobs");
  }
  const ExecCtx waits({.stop_token = running->stop_token()});
  absl::StatusOr<std::unique_ptr<BatchRun>> batch = batches_->Prepare(graph, stored.items(), waits);
  if (!batch.ok()) {
    return absl::IsInvalidArgument(batch.status()) ? DoNotRetry(batch.status()) : batch.status();
  }
  Open(fetched, stored, std::min((*batch)->deadline(), clock_.Now() + job.timeout), running, ended);
  RanBatch ran;
  absl::Status status = (*batch)->Execute(*ended.ctx, ran);
  ItemBatchResult result = {.child = {.job_id = job.job_id, .term = job.term},
                            .done = ran.done,
                            .failed = ran.failed,
                            .results = ran.results.SerializeAsString()};
  if (result.results.size() > kLargestPayload) {
    return DoNotRetry(absl::ResourceExhaustedError(fmt::format(
        "what was made of {} items has {} bytes, and a job's result has at most {}: give "
        "ItemOptions::batch a smaller number",
        ran.done, result.results.size(), kLargestPayload)));
  }
  if (ran.done > 0) ended.batch->result = std::move(result);
  ended.batch->parent.at_once = ran.is_decided;
  if (status.ok()) return std::string();
  // Another attempt of the batch would have no time either.
  return clock_.Now() < (*batch)->deadline() ? status : DoNotRetry(std::move(status));
}

absl::StatusOr<const ErasedCall*> JobRunner::CallOf(const Graph& graph, const ClaimedJob& job,
                                                    const JobInputs& inputs) {
  const std::vector<const JobInput*> sorted = Sorted(inputs);
  std::string key = fmt::format("{}\n{}", job.graph, job.output_type);
  for (const JobInput* input : sorted) {
    key.push_back('\n');
    key.append(input->type());
  }
  {
    const std::shared_lock<std::shared_mutex> lock(mutex_);
    if (const auto found = calls_.find(key); found != calls_.end()) return found->second.get();
  }
  std::vector<std::string> types;
  for (const JobInput* input : sorted) types.push_back(input->type());
  absl::StatusOr<std::unique_ptr<ErasedCall>> call =
      ErasedCall::Make(graph, job.output_type, types);
  if (!call.ok()) return call.status();
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  return calls_.try_emplace(std::move(key), *std::move(call)).first->second.get();
}

JobEnd JobRunner::EndOf(const ClaimedJob& job, absl::StatusOr<std::string> result,
                        StopCause cause) const {
  JobEnd end = {.job_id = job.job_id, .term = job.term};
  // What is done is done, also where nobody wanted it any more.
  if (result.ok()) {
    end.result = *std::move(result);
    return end;
  }
  const absl::Status& error = result.status();
  end.error_code = static_cast<int>(error.code());
  end.error = std::string(error.message().substr(0, kLongestError));
  if (const std::optional<StepFailure> failure = GetStepFailure(error); failure.has_value()) {
    end.failed_step = failure->step();
  }
  if (cause == StopCause::kCancelled) {
    end.outcome = JobOutcome::kCancelled;
  } else if (cause == StopCause::kShutdown) {
    end.outcome = JobOutcome::kGiveBack;
  } else if (IsFinal(error) || job.attempt >= job.max_attempts) {
    end.outcome = JobOutcome::kFailed;
  } else {
    end.outcome = JobOutcome::kRetry;
    end.wait = WaitAfter(job, RandomSource::System());
  }
  return end;
}

}  // namespace protograph::internal
