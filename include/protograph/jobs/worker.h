#ifndef PROTOGRAPH_JOBS_WORKER_H_
#define PROTOGRAPH_JOBS_WORKER_H_

// Worker: takes jobs from queues and executes their graphs, on threads of its own.
//
//   absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(store);
//   Worker worker(**engine, {movie_graph, lab_graph}, {.threads = 16});
//   std::stop_source stop;                       // e.g. from a handler of SIGTERM
//   absl::Status status = worker.Run(stop.get_token());
//
// Any number of workers, in any number of processes on any number of machines, share the queues.
// Each job is an execution of its engine, with the job's id as workflow: steps whose results were
// written before an attempt failed or a worker died are not run again.
//
// Steps find what is known of their job in the context: ctx.Value<JobInfo>().

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protograph/durability/engine.h"
#include "protograph/exec_ctx.h"
#include "protograph/graph.h"
#include "protograph/store/job_store.h"

namespace protograph {

// Which job a step runs for.
struct JobInfo {
  std::string job_id;
  std::string queue;
  // Of the job, from 1; ctx.attempt() is the step's.
  int attempt = 1;
  int max_attempts = 1;
  // Of a job that has some of another one's items (ItemPlace::kOnWorkers): the other one. Else
  // empty.
  std::string parent_id = {};
};

struct WeightedQueue {
  std::string name = std::string(kDefaultQueue);
  // While several queues have jobs each gets a share that is proportional to its weight.
  int weight = 1;
};

struct WorkerOptions {
  // How many jobs it runs at once.
  int threads = 4;
  std::vector<WeightedQueue> queues = {WeightedQueue{}};
  // Jobs that it has fetched and that wait for a thread, at most. 0: chosen by how fast the jobs
  // are, so that a fetch brings about what is run until the next one.
  int prefetch = 0;
  // A job that was fetched and has waited so long for a thread is given back.
  absl::Duration longest_prefetch = absl::Seconds(5);
  // How long Run lets running jobs go on once it was asked to stop; then their contexts are asked
  // to stop, and half of it later what still runs is given back.
  absl::Duration shutdown_grace = absl::Seconds(30);
  // How often an idle worker looks for jobs, beside being told.
  absl::Duration poll_interval = absl::Seconds(10);
  // A step that still runs so long after its job's deadline, or after its cancellation, is reported
  // by name, and another thread takes its thread's place.
  absl::Duration stuck_after = absl::Seconds(10);
  MaintainOptions maintain = {};
  // What all executions find in their context; JobInfo is added.
  ContextValues values = {};
  // Told of everything that goes wrong and of what the worker does about it. Not owned.
  // Null: nowhere.
  Logger* logger = nullptr;
  Clock* clock = nullptr;  // null: Clock::System(); of the executions' contexts
};

// Counted since the start.
struct WorkerStats {
  int64_t succeeded = 0;
  int64_t failed = 0;
  // Attempts that failed and are tried again.
  int64_t retried = 0;
  int64_t cancelled = 0;
  int64_t given_back = 0;
  // Ends that the store refused: the job was not this worker's any more.
  int64_t refused = 0;
  // Steps that ignored their deadline or cancellation.
  int64_t stuck = 0;
  int64_t running = 0;
  int64_t waiting = 0;
};

class Worker {
 public:
  // The engine's store must keep jobs; that it does, and what else is wrong with the options or
  // graphs, is said by Run.
  Worker(Engine& engine, std::vector<Graph> graphs, WorkerOptions options = {});
  // Run must have returned.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Works until `stop` is requested and what then runs has ended or was given back. A store that
  // is away is no reason to return: it is tried again until it is there. kInvalidArgument with
  // everything that is wrong with options and graphs; kFailedPrecondition where it runs already.
  absl::Status Run(std::stop_token stop);

  // As soon as possible: does not wait for the grace. Thread safe, any time.
  void StopAtOnce();

  WorkerStats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_JOBS_WORKER_H_
