#ifndef PROTOGRAPH_DURABILITY_ENGINE_H_
#define PROTOGRAPH_DURABILITY_ENGINE_H_

// Engine: executions that survive their process. It binds a store and opens contexts; Execute stays
// what it is.
//
//   absl::StatusOr<std::unique_ptr<Engine>> engine =
//       Engine::Start(std::make_shared<MemoryStore>());
//   ExecCtx ctx = (*engine)->NewExecution({.workflow_id = "film-603"});
//   absl::StatusOr<TagSet> tags = graph->Execute<TagSet>(ctx, movie_id);
//
// Results of steps are written to the store beside the execution, which never waits for it (but see
// Durability::kSync). An execution that ends before that writes nothing. After a crash the same
// program, with the same workflow id, goes on from what was written; nothing is read before that.
//
// What is guaranteed, and what is not: docs/durability.md.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protograph/exec_ctx.h"
#include "protograph/store/store.h"

namespace protograph {

namespace internal {
class EngineAccess;
class EngineCore;
}  // namespace internal

// What becomes of checkpoints that the store does not take in time.
enum class WhenFull {
  // They are dropped and counted; the steps would run again. No execution waits.
  kDrop,
  // Executions that fail wait until there is room for theirs.
  kWait,
};

struct EngineOptions {
  // How often the results of running executions are collected and written. An execution's first
  // results are collected between one and two of these after it began; one that ends before writes
  // nothing.
  absl::Duration flush_interval = absl::Milliseconds(50);
  // What waits to be written, in bytes; more is collected once there is room.
  size_t queue_bytes = size_t{64} << 20;
  WhenFull when_full = WhenFull::kDrop;
  // Results of executions that failed in this process, kept for their next attempt here, in bytes.
  size_t memory_bytes = size_t{64} << 20;
  // Larger results get no checkpoint, and are counted.
  size_t largest_checkpoint = size_t{64} << 20;
  // Results from this size on are compressed, in bytes.
  size_t compress_from = 512;
  // How long a step with Durability::kSync waits for its commit, at most.
  absl::Duration commit_timeout = absl::Seconds(30);
  // For how long Stop goes on trying to write what was handed over.
  absl::Duration stop_timeout = absl::Seconds(3);
  // For how long the store takes this process for alive after its last heartbeat. Heartbeats are a
  // third of it apart.
  absl::Duration lease = absl::Seconds(10);
  // How often this process looks for something to remove. Infinite: never, others do.
  absl::Duration sweep_interval = absl::Seconds(60);
  Retention retention = {};
  // What goes wrong behind executions is said here, at most once a second for each kind. Not owned.
  // Null: nowhere.
  Logger* logger = nullptr;
};

// Whether an execution looks for what earlier ones of its workflow have left.
enum class Resume {
  // Where this process knows that there is something: the workflow could be resumed when the engine
  // was started, or has failed in this process since.
  kIfKnown,
  // Look in any case: for those who know more, as a queue does that hands a job out again.
  kAlways,
  kNever,
};

// What an execution does about another one of its workflow that is running, here or elsewhere.
enum class WhenBusy {
  // Begins without asking, which costs nothing. The workflow belongs to the one whose results are
  // written first; the other one fails with kAborted before its next step. Executions that end
  // before anything is written never meet.
  kContend,
  // Claims the workflow first, which is a committed write to the store. Where it is busy, fails
  // with
  // kAborted before the first step.
  kFail,
  // Claims the workflow first; where it is busy, waits, as long as the context allows. Where the
  // other one then has succeeded, also with kWait, by the same graph and from the same inputs, its
  // results are taken and no step runs; otherwise goes on from what it has left. Results of such
  // executions are kept for as long as Retention::checkpoints says.
  kWait,
};

// When the checkpoints of an execution that has succeeded are given up. Those of one that has
// failed stay for the next; one of which nothing was written has nothing to give up.
enum class KeepCheckpoints {
  // When Execute returns.
  kUntilExecuted,
  // When its context is destroyed, on whatever thread; until then it counts as running and has its
  // workflow. For those who have to put the answer away first, as a worker has that of a job: where
  // the process dies in between, the next execution goes on from what was written.
  kUntilContextDestroyed,
};

struct ExecutionOptions {
  // Which piece of work this is; see CheckWorkflowId for what is no id. A wrong one is an error of
  // Execute.
  std::string workflow_id;
  Resume resume = Resume::kIfKnown;
  WhenBusy when_busy = WhenBusy::kContend;
  KeepCheckpoints keep_checkpoints = KeepCheckpoints::kUntilExecuted;
  // Which piece of work ExecCtx::IdempotencyKey stands for, where the workflow is a part of a
  // larger one. Empty: the workflow.
  std::string idempotency_scope = {};
  // Deadline, cancellation, values and the rest. Its execution_id must be empty or a UUID.
  ExecOptions context = {};
};

// Counted since the start. Read without a lock: the numbers may be a moment apart.
struct EngineStats {
  int64_t checkpoints_written = 0;
  // Executions that ended before anything of them was written.
  int64_t executions_elided = 0;
  // Results for which no checkpoint was written though one should have been: there was no room, or
  // the store refused it, or it is larger than allowed.
  int64_t checkpoints_dropped = 0;
  // Results that were found and taken instead of running a step.
  int64_t steps_restored = 0;
  // Executions that took the results of another one, which they had waited for.
  int64_t results_taken = 0;
  // Checkpoints that could not be read; their steps ran again.
  int64_t checkpoints_damaged = 0;
  // Calls of the store that failed. They are repeated.
  int64_t store_failures = 0;
  // Executions that lost their workflow to another one.
  int64_t executions_lost = 0;
  // Bytes that wait to be written.
  int64_t queued_bytes = 0;
};

// Thread safe. Contexts that it opened must not outlive it.
class Engine {
 public:
  // Registers this process with the store and asks which workflows can be resumed. An error of the
  // store, or kInvalidArgument where the options make no sense.
  static absl::StatusOr<std::unique_ptr<Engine>> Start(std::shared_ptr<Store> store,
                                                       EngineOptions options = {});
  // Stop().
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Opens an execution. The context is for one call of Execute, and those that its steps make with
  // theirs; a second one fails with kFailedPrecondition.
  ExecCtx NewExecution(ExecutionOptions options);

  // The last executions of workflows that can be resumed: failed or abandoned, and none running
  // since. Reads the store.
  absl::StatusOr<std::vector<ExecutionRecord>> Abandoned();

  // Blocks until what had been handed over when it was called is in the store or was dropped;
  // kDeadlineExceeded where that takes longer than `timeout`.
  absl::Status Flush(absl::Duration timeout = absl::Seconds(10));

  // Writes what was handed over, as EngineOptions::stop_timeout allows, and ends the engine's
  // threads. Idempotent. What is handed over later is not written: an execution whose checkpoints
  // are still kept then (KeepCheckpoints) is left as one that can be resumed.
  void Stop();

  EngineStats stats() const;

 private:
  friend class internal::EngineAccess;

  explicit Engine(std::unique_ptr<internal::EngineCore> core);

  std::unique_ptr<internal::EngineCore> core_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_DURABILITY_ENGINE_H_
