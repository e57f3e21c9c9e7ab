#include "jobs/job_runner.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "graph/core.h"
#include "graph/failure.h"
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
    : engine_(engine), options_(options) {
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
  absl::StatusOr<std::string> result = Execute(fetched, graph->second, running, ended.ctx);
  ended.end = EndOf(job, std::move(result), running->cause());
  return ended;
}

ContextValues JobRunner::ValuesOf(const ClaimedJob& job, const JobInputs& stored) const {
  ContextValues values = options_.values.With(JobInfo{.job_id = job.job_id,
                                                      .queue = job.queue,
                                                      .attempt = job.attempt,
                                                      .max_attempts = job.max_attempts});
  if (!stored.has_scheduled()) return values;
  const ScheduledRun& run = stored.scheduled();
  ScheduleInfo info = {.schedule = run.schedule(), .time = TimeOf(run.time()), .previous_time = {}};
  if (run.has_previous_time()) info.previous_time = TimeOf(run.previous_time());
  return values.With(std::move(info));
}

absl::StatusOr<std::string> JobRunner::Execute(const FetchedJob& fetched, const Graph& graph,
                                               const std::shared_ptr<JobInFlight>& running,
                                               std::unique_ptr<ExecCtx>& ctx) {
  const ClaimedJob& job = fetched.job;
  JobInputs stored;
  if (!stored.ParseFromString(job.inputs)) {
    return DoNotRetry(absl::InvalidArgumentError("the job's inputs are damaged"));
  }
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

  Clock& clock = options_.clock != nullptr ? *options_.clock : Clock::System();
  ExecutionOptions execution = {.workflow_id = "job/" + job.job_id,
                                // Nothing can be there where nobody had the job before.
                                .resume = job.was_claimed ? Resume::kAlways : Resume::kNever,
                                .keep_checkpoints = KeepCheckpoints::kUntilContextDestroyed,
                                .context = {.deadline = clock.Now() + job.timeout,
                                            .stop_token = running->stop_token(),
                                            .values = ValuesOf(job, stored),
                                            .clock = options_.clock,
                                            .logger = options_.logger,
                                            .observer = running.get()}};
  // Constructed in place: a context is not moved. NOLINTNEXTLINE(modernize-make-unique)
  ctx.reset(new ExecCtx(engine_.NewExecution(std::move(execution))));
  absl::StatusOr<std::string> result = (*call)->Execute(*ctx, inputs);
  if (result.ok() && result->size() > kLargestPayload) {
    return DoNotRetry(absl::ResourceExhaustedError(fmt::format(
        "the job made a {} of {} bytes, and a result has at most {}: store it elsewhere "
        "and return where",
        job.output_type, result->size(), kLargestPayload)));
  }
  return result;
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
