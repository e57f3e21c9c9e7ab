#ifndef PROTOGRAPH_SRC_DURABILITY_SESSION_H_
#define PROTOGRAPH_SRC_DURABILITY_SESSION_H_

// One durable execution: what the executor reports of it, for the checkpointer to collect, and what
// is restored into it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "durability/detached_run.h"
#include "durability/run_digests.h"
#include "graph/checkpoint_session.h"
#include "protograph/durability/engine.h"
#include "protograph/store/store.h"

namespace protograph::internal {

class EngineCore;

// What an earlier attempt of a workflow in this process has left.
struct Leftovers {
  std::vector<std::shared_ptr<DetachedRun>> runs;
  int attempt = 0;
  // Whether the store has nothing that is not in `runs`.
  bool complete = false;

  size_t bytes() const;
};

// How a session begins.
struct SessionMode {
  Resume resume;
  WhenBusy when_busy;
  KeepCheckpoints keep_checkpoints;
  std::string idempotency_scope;
};

class Session final : public CheckpointSession, public std::enable_shared_from_this<Session> {
 public:
  // `error` is what Execute will return; OK where the options make sense.
  Session(EngineCore& engine, std::string workflow_id, std::string execution_id, SessionMode mode,
          absl::Status error);
  ~Session() override;

  // ---- By the executor ----

  const std::string& workflow_id() const override { return workflow_id_; }
  const std::string& execution_id() override;
  absl::Status Begin(DurableRun& run, const ExecCtx& ctx) override;
  void End(DurableRun& run, const absl::Status& status) override;
  absl::StatusOr<Value> Restore(DurableRun& run, uint32_t place, const ExecCtx& ctx) override;
  absl::StatusOr<bool> RestoreItem(DurableRun& run, uint32_t place, size_t item, void* result,
                                   const ExecCtx& ctx) override;
  absl::Status Commit(DurableRun& run, uint32_t place, const ExecCtx& ctx) override;
  absl::Status StopReason() const override;
  std::string IdempotencyKey(const StepInfo& step, const StepCall& call) override;

  // ---- By the context ----

  // The context is gone: ends the execution where its checkpoints were kept until now.
  void GiveUpKept();

  // ---- By the checkpointer ----

  enum class Part {
    // Not those of steps with Durability::kSync, which only a committed write may hold.
    kAsync,
    kAll,
  };
  // Appends what is done and was not collected, with the start before the first of it, until the
  // write holds `most_bytes`. Returns the bytes appended.
  size_t Collect(Part part, size_t most_bytes, StoreWrite& write);
  // The same for the runs of an execution that has failed.
  size_t CollectDetached(const std::vector<std::shared_ptr<DetachedRun>>& runs, StoreWrite& write);
  // Appends the start where no write had it yet.
  void AppendStart(StoreWrite& write);
  // Appends it once more.
  void RepeatStart(StoreWrite& write);
  // Whether a write had its start.
  bool is_started() const;
  // The workflow belongs to another execution.
  void Lose();
  bool is_lost() const { return lost_.load(std::memory_order_relaxed); }

  // Of the checkpointer's list, under its lock.
  Session* previous = nullptr;
  Session* next = nullptr;
  uint64_t epoch = 0;
  // To the checkpointer's last turn before, which saves a look at the clock.
  absl::Time began_at;
  uint32_t shard = 0;

 private:
  struct LiveRun {
    DurableRun* run;
    std::unique_ptr<RunDigests> digests;
  };

  // What the store will be told of an execution that has succeeded.
  struct Success {
    ExecutionEnd end;
    std::vector<Checkpoint> results;
  };

  ExecutionEnd MakeEnd(const absl::Status& status);
  void Finish(Success success);
  LiveRun* FindLocked(const DurableRun& run);
  RunDigests& DigestsLocked(LiveRun& live);
  // Takes down what the log will say.
  void DescribeLocked(const RunView& run);
  void AppendStartLocked(StoreWrite& write);
  void RepeatStartLocked(StoreWrite& write);
  // Takes `bytes` of a checkpoint that was collected; false where it is none to be written.
  bool AppendLocked(const StepInfo& step, size_t size, Checkpoint checkpoint, StoreWrite& write);
  // What is done before the first step, which is nothing for most executions.
  absl::Status Prepare(DurableRun& run, const ExecCtx& ctx);
  // Takes over what an earlier attempt has left; whether the store must be asked for the workflow.
  bool FindLeftovers();
  absl::Status Claim(const ExecCtx& ctx);
  // The error of a claim that was refused; says who has the workflow.
  absl::Status Busy();
  // The results of the run as checkpoints, for others that wait for them.
  std::vector<Checkpoint> ResultsOfLocked(LiveRun& live);
  // Puts the results of an execution that has succeeded into the frame, where the store has them.
  bool TakeResultsLocked(DurableRun& run);
  // Loads what the store has, once. Not with the lock: it may take long.
  absl::Status Load(const ExecCtx& ctx);
  // Where a result that is restored is to lie.
  struct Destination {
    ResultPlace result;
    // Constructs an empty message there.
    absl::FunctionRef<google::protobuf::Message*()> construct;
    // Takes it away again.
    absl::FunctionRef<void()> destroy;
  };
  absl::StatusOr<const google::protobuf::Message*> RestoreTo(DurableRun& run,
                                                             const Destination& destination,
                                                             const ExecCtx& ctx);
  // The result as an earlier attempt in this process, or the store, has it; null otherwise.
  const google::protobuf::Message* FindRestorableLocked(DurableRun& run,
                                                        const Destination& destination);
  const google::protobuf::Message* FromLeftoversLocked(LiveRun& live,
                                                       const Destination& destination,
                                                       const Digest& input_hash);
  // `key`: the input's hash, or that of a whole execution's inputs.
  const google::protobuf::Message* FromLoadedLocked(LiveRun& live, const Destination& destination,
                                                    const Digest& key);

  EngineCore& engine_;
  const std::string workflow_id_;
  const SessionMode mode_;
  const absl::Status error_;

  std::once_flag id_made_;
  std::string execution_id_;
  std::atomic<bool> lost_{false};

  mutable std::mutex mutex_;
  // The outermost first.
  absl::InlinedVector<LiveRun, 1> runs_;
  bool began_ = false;
  bool started_ = false;
  // Where checkpoints outlive the execution, from its end until they are given up.
  std::optional<Success> kept_;
  // What the log says of the execution; known from the first use on.
  std::string graph_;
  std::string fingerprint_;
  std::string output_type_;
  int attempt_ = 1;

  // Where to look before a step runs.
  bool restores_ = false;
  bool may_load_ = false;
  bool is_loaded_ = false;
  std::mutex load_mutex_;  // held while loading
  // Whether another execution had the workflow when this one asked for it.
  bool has_waited_ = false;
  // Whether the store may have given it the workflow before the first step.
  bool may_have_claim_ = false;
  Leftovers leftovers_;
  absl::flat_hash_map<std::pair<std::string, Digest>, Checkpoint> loaded_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_SESSION_H_
