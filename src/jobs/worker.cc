#include "protograph/jobs/worker.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/steady_time.h"
#include "durability/engine_access.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "graph/core.h"
#include "jobs/completer.h"
#include "jobs/fetcher.h"
#include "jobs/job_buffer.h"
#include "jobs/job_runner.h"
#include "jobs/running_jobs.h"
#include "jobs/upkeep.h"
#include "jobs/worker_counters.h"
#include "protograph/logger.h"

namespace protograph {

using internal::Completer;
using internal::EndedJob;
using internal::EngineAccess;
using internal::FetchedJob;
using internal::Fetcher;
using internal::GraphAccess;
using internal::JobBuffer;
using internal::JobInFlight;
using internal::JobRunner;
using internal::RunningJobs;
using internal::RunsAlone;
using internal::StopCause;
using internal::Upkeep;
using internal::WorkerCounters;

namespace {

// How long the last ends may take to be told to the store, once nothing runs any more.
constexpr absl::Duration kTellTimeout = absl::Seconds(10);
constexpr absl::Duration kTellTimeoutAtOnce = absl::Seconds(2);
// How long jobs whose contexts were asked to stop may take where it is to end at once.
constexpr absl::Duration kEndAtOnce = absl::Milliseconds(500);
// How long it takes at most to hand over the end of a job that has ended.
constexpr absl::Duration kHandOver = absl::Seconds(1);
// For threads that have nothing to run any more, and for those that were given up.
constexpr absl::Duration kThreadsEnd = absl::Seconds(10);
constexpr absl::Duration kStuckThreadsEnd = absl::Milliseconds(100);
// Longer sleeps overflow the clocks of the standard library.
constexpr absl::Duration kLongestSleep = absl::Hours(1);
// How often it is looked whether something does not end.
constexpr absl::Duration kSuperviseInterval = absl::Milliseconds(200);
constexpr int kMostThreads = 10'000;

EndedJob GivenBack(std::string job_id, int64_t term, std::string owner_id, bool was_begun) {
  return {.end = {.job_id = std::move(job_id),
                  .term = term,
                  .outcome = JobOutcome::kGiveBack,
                  .was_begun = was_begun},
          .owner_id = std::move(owner_id)};
}

absl::Status Check(const WorkerOptions& options, const std::vector<Graph>& graphs, bool has_jobs) {
  std::vector<std::string> faults;
  if (!has_jobs) faults.emplace_back("the engine's store keeps no jobs: use PostgresStore");
  if (options.threads < 1 || options.threads > kMostThreads) {
    faults.push_back(
        fmt::format("threads is {}: let it be from 1 to {}", options.threads, kMostThreads));
  }
  if (options.queues.empty()) faults.emplace_back("there is no queue to take jobs from: name one");
  absl::flat_hash_set<std::string> names;
  for (const WeightedQueue& queue : options.queues) {
    if (queue.name.empty() || queue.name.size() > kLongestName) {
      faults.push_back(
          fmt::format("the name of queue {} must have 1 to {} bytes", queue.name, kLongestName));
    }
    if (queue.weight < 1) {
      faults.push_back(fmt::format("the weight of queue {} is {}: let it be at least 1", queue.name,
                                   queue.weight));
    }
    if (!names.insert(queue.name).second) {
      faults.push_back(fmt::format("queue {} is named twice: give it one weight", queue.name));
    }
  }
  if (options.prefetch < 0) {
    faults.push_back(
        fmt::format("prefetch is {}: let it be 0 to have it chosen, or more", options.prefetch));
  }
  const auto positive = [&](absl::Duration duration, const char* name) {
    if (duration > absl::ZeroDuration()) return;
    faults.push_back(
        fmt::format("{} is {}: make it positive", name, absl::FormatDuration(duration)));
  };
  positive(options.longest_prefetch, "longest_prefetch");
  positive(options.poll_interval, "poll_interval");
  positive(options.stuck_after, "stuck_after");
  if (options.shutdown_grace < absl::ZeroDuration()) {
    faults.emplace_back("shutdown_grace is negative: let it be at least 0");
  }
  if (options.maintain.most_crashes < 1) faults.emplace_back("most_crashes must be at least 1");
  positive(options.maintain.keep_succeeded, "keep_succeeded");
  positive(options.maintain.keep_failed, "keep_failed");
  if (options.maintain.batch < 1) faults.emplace_back("MaintainOptions::batch must be at least 1");
  if (graphs.empty()) faults.emplace_back("there is no graph to execute: give the worker one");
  absl::flat_hash_set<std::string> graph_names;
  for (const Graph& graph : graphs) {
    const std::string& name = GraphAccess::Core(graph).name();
    if (!graph_names.insert(name).second) {
      faults.push_back(
          fmt::format("two graphs are called {}: jobs could not tell them apart, "
                      "rename one",
                      name));
    }
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("the worker cannot run: {}", fmt::join(faults, "; ")));
}

}  // namespace

// Shared by the worker and its threads: one that does not end may outlive it.
struct Worker::State : std::enable_shared_from_this<Worker::State> {
  State(Engine& the_engine, std::vector<Graph> the_graphs, WorkerOptions the_options)
      : engine(the_engine), graphs(std::move(the_graphs)), options(std::move(the_options)) {}

  Logger& logger() const { return options.logger != nullptr ? *options.logger : Logger::Null(); }

  // What exists while Run is running.
  struct Parts {
    Parts(State& state, JobStore& jobs)
        : buffer(state.options.queues),
          completer(state.engine, jobs, EngineAccess::Core(state.engine).store().items(),
                    state.logger(), state.counters),
          runner(state.engine, state.graphs, state.options),
          fetcher(state.engine, jobs, buffer, state.options, state.logger()),
          upkeep(state.engine, jobs, state.options, state.graphs, buffer, running, completer,
                 fetcher, state.logger()) {
      fetcher.OnSleep([this] { upkeep.LookForDue(); });
    }

    JobBuffer buffer;
    RunningJobs running;
    Completer completer;
    JobRunner runner;
    Fetcher fetcher;
    Upkeep upkeep;
  };

  absl::Status Run(const std::stop_token& stop);
  absl::Status Start(Parts& parts);
  absl::Status AddThread();
  void RunJobs();
  // Runs one job; whether its thread was replaced meanwhile.
  bool RunJob(Parts& parts, const FetchedJob& job);
  // `mutex` is held.
  bool IsToStopAtOnce() const { return stop_at_once_time != absl::InfiniteFuture(); }
  void WaitForStop(const std::stop_token& stop, JobStore& jobs);
  void Supervise(Parts& parts);
  absl::Status ShutDown(Parts& parts);
  // Whether no more than so many jobs run before the time is over. From when it is told to stop at
  // once it takes only so long.
  bool WaitUntilRunning(Parts& parts, int most, absl::Duration timeout,
                        absl::Duration timeout_at_once);
  // Whether all of them have ended.
  bool EndThreads(absl::Duration timeout);

  Engine& engine;
  const std::vector<Graph> graphs;
  const WorkerOptions options;
  WorkerCounters counters;

  std::mutex mutex;
  std::condition_variable changed;
  bool is_running = false;
  absl::Time stop_at_once_time = absl::InfiniteFuture();
  // Whether somebody waits for jobs to end.
  std::atomic<bool> is_stopping{false};
  int live_threads = 0;
  std::vector<std::thread> threads;
  // Made by Run and kept for threads that do not end.
  std::shared_ptr<Parts> parts;
  std::unique_ptr<JobListener> listener;
};

absl::Status Worker::State::AddThread() {
  const std::lock_guard<std::mutex> lock(mutex);
  try {
    threads.emplace_back([self = shared_from_this()] {
      pthread_setname_np(pthread_self(), "ptg-worker");
      self->RunJobs();
      const std::lock_guard<std::mutex> lock(self->mutex);
      --self->live_threads;
      self->changed.notify_all();
    });
    ++live_threads;
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        fmt::format("the system gives no thread to run jobs on: {}; lower WorkerOptions::threads",
                    error.what()));
  }
  return absl::OkStatus();
}

void Worker::State::RunJobs() {
  std::shared_ptr<Parts> held;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    held = parts;
  }
  while (std::optional<FetchedJob> job = held->buffer.Take()) {
    if (RunJob(*held, *job)) return;
  }
}

bool Worker::State::RunJob(Parts& p, const FetchedJob& job) {
  const std::shared_ptr<JobInFlight> running = p.running.Begin(job);
  bool is_ours = true;
  if (job.job.is_suspect) {
    const RunningJob started = {.job_id = job.job.job_id, .term = job.job.term};
    JobStore& jobs = *EngineAccess::Core(engine).store().jobs();
    absl::StatusOr<std::vector<std::string>> lost =
        jobs.MarkStarted(job.owner_id, std::span<const RunningJob>(&started, 1));
    if (!lost.ok()) {
      if (running->TakeEnd()) {
        p.completer.Add(GivenBack(job.job.job_id, job.job.term, job.owner_id, /*was_begun=*/false));
      }
      is_ours = false;
    } else if (!lost->empty()) {
      counters.refused.fetch_add(1, std::memory_order_relaxed);
      is_ours = false;
    }
  }
  if (is_ours) {
    EndedJob ended = p.runner.Run(job, running);
    if (running->TakeEnd()) p.completer.Add(std::move(ended));
  }
  // Nobody must take it for running when the next one kills this process.
  if (RunsAlone(job)) p.completer.AwaitTold();
  p.running.End(*running);
  p.buffer.Done(job.queue, RunsAlone(job));
  if (is_stopping.load(std::memory_order_relaxed)) {
    const std::lock_guard<std::mutex> lock(mutex);
    changed.notify_all();
  }
  return running->is_replaced();
}

absl::Status Worker::State::Start(Parts& p) {
  if (absl::Status status = p.completer.Start(); !status.ok()) return status;
  for (int i = 0; i < options.threads; ++i) {
    if (absl::Status status = AddThread(); !status.ok()) return status;
  }
  if (absl::Status status = p.upkeep.Start(); !status.ok()) return status;
  if (absl::Status status = p.fetcher.Start(); !status.ok()) return status;
  return absl::OkStatus();
}

void Worker::State::Supervise(Parts& p) {
  for (const std::shared_ptr<JobInFlight>& job :
       p.running.DueBefore(internal::SteadyTime() - options.stuck_after)) {
    if (!job->Replace()) continue;
    logger().Log(
        LogLevel::kError,
        fmt::format("job {} still runs {} after it should have ended: step {} looks at "
                    "neither ctx.deadline() nor ctx.stop_token(); its thread is replaced",
                    job->job_id(), absl::FormatDuration(internal::SteadyTime() - job->due()),
                    job->steps()));
    // After it was said: whoever sees the count finds the message.
    counters.stuck.fetch_add(1, std::memory_order_relaxed);
    if (absl::Status status = AddThread(); !status.ok()) {
      logger().Log(LogLevel::kError, std::string(status.message()));
    }
  }
}

void Worker::State::WaitForStop(const std::stop_token& stop, JobStore& jobs) {
  std::stop_callback on_stop(stop, [this] {
    const std::lock_guard<std::mutex> lock(mutex);
    changed.notify_all();
  });
  Parts& p = *parts;
  std::string listening_owner;
  absl::Time next_listen = absl::InfinitePast();
  while (true) {
    // A new owner, as where this process was taken for dead, is told under its own name.
    const std::string owner_id = EngineAccess::Core(engine).owner_id();
    if (owner_id != listening_owner && internal::SteadyTime() >= next_listen) {
      listener.reset();
      absl::StatusOr<std::unique_ptr<JobListener>> started =
          jobs.Listen(owner_id, {.on_work = [&p] { p.fetcher.Wake(); },
                                 .on_due = [&p] { p.upkeep.LookForDue(); },
                                 .on_cancel = [&p](std::string_view id) { p.upkeep.Cancel(id); }});
      if (started.ok()) {
        listener = *std::move(started);
        listening_owner = owner_id;
      } else {
        next_listen = internal::SteadyTime() + absl::Seconds(1);
        logger().Log(LogLevel::kWarning,
                     fmt::format("the store's notifications cannot be had, so that jobs are found "
                                 "by looking for them: {}",
                                 std::string(started.status().message())));
      }
    }
    {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait_for(lock, absl::ToChronoNanoseconds(kSuperviseInterval),
                       [&] { return stop.stop_requested() || IsToStopAtOnce(); });
      if (stop.stop_requested() || IsToStopAtOnce()) break;
    }
    Supervise(p);
  }
}

bool Worker::State::WaitUntilRunning(Parts& p, int most, absl::Duration timeout,
                                     absl::Duration timeout_at_once) {
  const absl::Time began = internal::SteadyTime();
  std::unique_lock<std::mutex> lock(mutex);
  while (p.buffer.running() > most) {
    const absl::Time deadline =
        std::min(began + timeout, std::max(began, stop_at_once_time) + timeout_at_once);
    const absl::Duration left = deadline - internal::SteadyTime();
    if (left <= absl::ZeroDuration()) return false;
    changed.wait_for(lock, absl::ToChronoNanoseconds(std::min(left, kLongestSleep)));
  }
  return true;
}

bool Worker::State::EndThreads(absl::Duration timeout) {
  std::vector<std::thread> ended;
  bool have_ended = false;
  {
    std::unique_lock<std::mutex> lock(mutex);
    have_ended = changed.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                                  [&] { return live_threads == 0; });
    ended.swap(threads);
  }
  for (std::thread& thread : ended) {
    if (have_ended) {
      thread.join();
    } else {
      thread.detach();
    }
  }
  return have_ended;
}

absl::Status Worker::State::ShutDown(Parts& p) {
  is_stopping.store(true);
  listener.reset();
  std::vector<EndedJob> back;
  for (FetchedJob& job : p.fetcher.Stop()) {
    back.push_back(GivenBack(std::move(job.job.job_id), job.job.term, std::move(job.owner_id),
                             /*was_begun=*/false));
  }
  p.completer.Add(std::move(back));
  // Upkeep goes on: jobs that still run need their permits and hear of cancellations.
  if (!WaitUntilRunning(p, 0, options.shutdown_grace, absl::ZeroDuration())) {
    p.running.StopAll(StopCause::kShutdown);
    WaitUntilRunning(p, 0, options.shutdown_grace / 2, kEndAtOnce);
  }
  std::vector<std::string> stuck;
  back.clear();
  for (const std::shared_ptr<JobInFlight>& job : p.running.all()) {
    if (!job->TakeEnd()) continue;
    stuck.push_back(fmt::format("{} (step {})", job->job_id(), job->steps()));
    back.push_back(GivenBack(job->job_id(), job->term(), job->owner_id(), /*was_begun=*/true));
  }
  p.completer.Add(std::move(back));
  // Others have ended just now and say so themselves.
  WaitUntilRunning(p, static_cast<int>(stuck.size()), kHandOver, kHandOver);
  p.upkeep.Stop();
  bool at_once = false;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    at_once = IsToStopAtOnce();
  }
  const size_t untold = p.completer.Stop(at_once ? kTellTimeoutAtOnce : kTellTimeout);
  if (untold > 0) {
    logger().Log(
        LogLevel::kWarning,
        fmt::format("the ends of {} jobs could not be told to the store: they will be done "
                    "again by others",
                    untold));
  }
  if (EndThreads(stuck.empty() ? kThreadsEnd : kStuckThreadsEnd)) {
    if (stuck.empty() && untold == 0 && !p.fetcher.may_have_lost_claims()) {
      EngineAccess::Core(engine).EndJobs();
    }
    return absl::OkStatus();
  }
  if (stuck.empty()) stuck.emplace_back("one that waits for the store");
  return absl::DeadlineExceededError(
      fmt::format("jobs were given back that still run here: {}; their threads use the engine and "
                  "the graphs, so end the process without destroying these",
                  fmt::join(stuck, ", ")));
}

absl::Status Worker::State::Run(const std::stop_token& stop) {
  JobStore* const jobs = EngineAccess::Core(engine).store().jobs();
  if (absl::Status status = Check(options, graphs, jobs != nullptr); !status.ok()) return status;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (is_running) {
      return absl::FailedPreconditionError("the worker runs already: make another one");
    }
    // Nothing begins that would only be stopped.
    if (stop.stop_requested() || IsToStopAtOnce()) return absl::OkStatus();
    is_running = true;
    is_stopping.store(false);
    parts = std::make_shared<Parts>(*this, *jobs);
  }
  EngineAccess::Core(engine).BeginJobs();
  absl::Status status = Start(*parts);
  if (status.ok()) WaitForStop(stop, *jobs);
  absl::Status stopped = ShutDown(*parts);
  const std::lock_guard<std::mutex> lock(mutex);
  if (live_threads == 0) parts.reset();
  is_running = false;
  return status.ok() ? stopped : status;
}

Worker::Worker(Engine& engine, std::vector<Graph> graphs, WorkerOptions options)
    : state_(std::make_shared<State>(engine, std::move(graphs), std::move(options))) {}

Worker::~Worker() = default;

// By value, as standard threads take it. NOLINTNEXTLINE(performance-unnecessary-value-param)
absl::Status Worker::Run(std::stop_token stop) { return state_->Run(stop); }

void Worker::StopAtOnce() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->stop_at_once_time = std::min(state_->stop_at_once_time, internal::SteadyTime());
  }
  state_->changed.notify_all();
}

WorkerStats Worker::stats() const {
  const WorkerCounters& counters = state_->counters;
  const auto read = [](const std::atomic<int64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  WorkerStats stats = {.succeeded = read(counters.succeeded),
                       .failed = read(counters.failed),
                       .retried = read(counters.retried),
                       .cancelled = read(counters.cancelled),
                       .given_back = read(counters.given_back),
                       .refused = read(counters.refused),
                       .stuck = read(counters.stuck)};
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->parts != nullptr) {
    stats.running = state_->parts->buffer.running();
    stats.waiting = state_->parts->buffer.waiting();
  }
  return stats;
}

}  // namespace protograph
