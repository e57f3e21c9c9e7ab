#ifndef PROTOGRAPH_STORE_STORE_H_
#define PROTOGRAPH_STORE_STORE_H_

// Store: where executions keep what must outlive their process. MemoryStore (memory_store.h) keeps
// it in the process; PostgresStore (postgres/postgres_store.h) in a database.
//
// An Engine calls a store; programs only make one. A store of your own must pass the contract
// tests, tests/contract/store_contract.h.
//
// What is kept:
//   owners       one for each start of a process, with a lease that its heartbeats renew. An owner
//                whose lease has run out is dead until it is renewed; one that was declared dead is
//                dead for good.
//   executions   a log: which workflow, by whom, how it ended.
//   claims       which execution a workflow belongs to. A workflow belongs to one at a time, until
//                that one ends, or its owner is dead and another execution or a sweep takes it
//                away.
//   checkpoints  results of steps, found by workflow, type of message and hash of the inputs.
//
// Every time is by the store's own clock, so that processes need not agree on theirs, except those
// that say otherwise. Times are kept to the microsecond at least. Texts are UTF-8 without NUL
// characters; where one is not, a store may put U+FFFD for the bytes that it cannot keep.
//
// Thread safe. Calls block, for as long as the store's timeouts say. Errors: kUnavailable where the
// store cannot be reached or had no answer in time, and the same call may succeed later; calls may
// be repeated without harm. kInvalidArgument for what no store accepts: see CheckWorkflowId;
// nothing of such a write is applied.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace protograph {

// 128 bits, as 16 bytes in network order.
struct Digest {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const Digest&, const Digest&) = default;
  template <class H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine(std::move(h), digest.high, digest.low);
  }
};

// How the bytes of a checkpoint stand in the store. The numbers are stored.
enum class Encoding : int16_t {
  kPlain = 0,
  kZstd = 1,
};

// The result of a step. The key is (workflow_id, output_type, input_hash).
struct Checkpoint {
  std::string workflow_id;
  // Full name of the message: at most 1,024 bytes.
  std::string output_type;
  // Over what the step was given, its name and its version.
  Digest input_hash;
  // Name of the step; for people. Empty where it is no step's result but that of a whole execution,
  // see ExecutionEnd::keeps_results.
  std::string step;
  Encoding encoding = Encoding::kPlain;
  // The message's bytes, in `encoding`.
  std::string payload;
  // Of the message's bytes before they were encoded.
  Digest digest;
};

// One start of a process.
struct Owner {
  // A UUID, new for each start.
  std::string owner_id;
  // The machine, so exactly that a process number means the same process wherever it is equal;
  // empty where that is not known.
  std::string host;
  int64_t process_id = 0;
  // For people: the program's name.
  std::string program;
};

// An owner on the same host, of which the caller can tell whether its process still runs.
struct Neighbour {
  std::string owner_id;
  int64_t process_id = 0;
};

enum class ExecutionState {
  kRunning,
  kSucceeded,
  kFailed,
  // Its owner died, or it lost its workflow to another execution.
  kAbandoned,
};
// "running", "succeeded", "failed" or "abandoned".
std::string_view ToString(ExecutionState state);

// Begins an execution: logs it as running and claims its workflow.
struct ExecutionStart {
  // A UUID.
  std::string execution_id;
  std::string workflow_id;
  std::string owner_id;
  std::string graph;
  std::string fingerprint;
  std::string output_type;
  // From 1.
  int attempt = 1;
  // By the process's clock.
  absl::Time started_at;
};

// Ends an execution: logs its end and gives its workflow back.
struct ExecutionEnd {
  std::string execution_id;
  std::string workflow_id;
  // kSucceeded: its checkpoints are removed with it. kFailed: they stay, for the next attempt.
  // Another one is kInvalidArgument.
  ExecutionState state = ExecutionState::kSucceeded;
  // Of a failure: the step's name, empty where it was none of them, and the message.
  std::string failed_step;
  std::string error;
  // By the process's clock.
  absl::Time ended_at;
  // Of a success: the results of executions among the workflow's checkpoints stay, for those that
  // waited for this one, and are swept as the checkpoints of a failed execution are. The workflow
  // cannot be resumed for their sake.
  bool keeps_results = false;
};

// A checkpoint, and for which execution it is written.
struct CheckpointWrite {
  std::string execution_id;
  Checkpoint checkpoint;
};

// Applied as a whole or not at all, in this order: of two starts for one workflow the first has it,
// of two checkpoints with one key the last stays.
struct StoreWrite {
  std::vector<ExecutionStart> starts = {};
  std::vector<CheckpointWrite> checkpoints = {};
  std::vector<ExecutionEnd> ends = {};
  // Whether it must be on disk before Write returns. Otherwise the last moments before a crash of
  // the database may be lost, and Write need not wait for the disk.
  bool synchronous = false;

  bool empty() const { return starts.empty() && checkpoints.empty() && ends.empty(); }
};

struct ClaimedWorkflow {
  std::string execution_id;
  // Issued by the store, larger with each claim on any workflow: a fencing token.
  int64_t term = 0;
};

struct StoreWriteResult {
  // Of `starts`, those that have their workflow, or had it and have ended: what is repeated is
  // answered as before.
  std::vector<ClaimedWorkflow> claimed;
  // Executions of the write whose workflow is not theirs, each once: it belongs to another
  // execution with a living owner, was taken away, was never claimed or was given back; but not
  // those whose end in the write is what the log says already. Nothing was written for them, except
  // that those that were running are logged as abandoned.
  std::vector<std::string> refused;
};

// What the log says.
struct ExecutionRecord {
  std::string execution_id;
  std::string workflow_id;
  std::string owner_id;
  std::string graph;
  std::string fingerprint;
  std::string output_type;
  ExecutionState state = ExecutionState::kRunning;
  int attempt = 1;
  int64_t term = 0;
  std::string failed_step;
  std::string error;
  absl::Time started_at;
  // Not set while it runs.
  std::optional<absl::Time> ended_at;
};

// What Sweep removes.
struct Retention {
  // Checkpoints of a workflow whose last execution failed, was abandoned, or succeeded and kept its
  // results, so long after it did. From then on the workflow cannot be resumed.
  absl::Duration checkpoints = absl::Hours(1);
  // What the log says of an execution that has ended, so long after it did; but not of the last one
  // of a workflow that can be resumed.
  absl::Duration executions = absl::Hours(24 * 7);
  // Dead owners, so long after they died.
  absl::Duration owners = absl::Hours(24);
  // Rows of one kind that one call removes at most; at least 1.
  int batch = 1000;
};

struct SweepResult {
  int64_t checkpoints = 0;
  int64_t executions = 0;
  int64_t owners = 0;
  // Executions found running under a dead owner, and logged as abandoned.
  int64_t abandoned = 0;
  // Whether another call at once may find more: some kind had as many as one call removes.
  bool more = false;
};

class ItemStore;
class JobStore;
class ScheduleStore;

class Store {
 public:
  virtual ~Store() = default;

  // Where it keeps jobs (job_store.h); null where it keeps none. The same as long as the store
  // lives, and of its life.
  virtual JobStore* jobs() { return nullptr; }
  // Where it keeps schedules (schedule_store.h), which make jobs; null where it keeps none.
  virtual ScheduleStore* schedules() { return nullptr; }
  // Where it keeps items that jobs hand over (item_store.h); null where it keeps none.
  virtual ItemStore* items() { return nullptr; }

  // Registers a new owner with a lease of this length from now. Returns the other living owners
  // with the same, known host.
  virtual absl::StatusOr<std::vector<Neighbour>> Register(const Owner& owner,
                                                          absl::Duration lease) = 0;

  // Renews the lease, also one that has run out. kNotFound where the owner is not registered (any
  // more) or was declared dead: its executions may belong to others by now.
  virtual absl::Status Heartbeat(const std::string& owner_id, absl::Duration lease) = 0;

  // Declares an owner dead whose process has ended, at once and not only when its lease runs out.
  // No error where it is none or dead already.
  virtual absl::Status DeclareDead(const std::string& owner_id) = 0;

  virtual absl::StatusOr<StoreWriteResult> Write(const StoreWrite& write) = 0;

  // All checkpoints of the workflow, in no order.
  virtual absl::StatusOr<std::vector<Checkpoint>> Load(const std::string& workflow_id) = 0;

  // The last executions of workflows that can be resumed: failed or abandoned (as which those are
  // returned that are logged as running under a dead owner), with no execution running or succeeded
  // since, and not swept (see Retention::checkpoints). Ordered by the bytes of workflow_id, from
  // the one after `after_workflow_id`, at most `limit`.
  virtual absl::StatusOr<std::vector<ExecutionRecord>> Resumable(
      const std::string& after_workflow_id, int limit) = 0;

  // What the log says of the workflow's executions, the newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<ExecutionRecord>> Executions(const std::string& workflow_id,
                                                                  int limit) = 0;

  // One batch of cleaning up; any process may call it, and where another is at it, nothing is done.
  virtual absl::StatusOr<SweepResult> Sweep(const Retention& retention) = 0;
};

// kInvalidArgument for an id that no store accepts: empty, longer than 1,024 bytes, not UTF-8, or
// with a NUL character in it.
absl::Status CheckWorkflowId(std::string_view workflow_id);

}  // namespace protograph

#endif  // PROTOGRAPH_STORE_STORE_H_
