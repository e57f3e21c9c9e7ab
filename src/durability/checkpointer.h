#ifndef PROTOGRAPH_SRC_DURABILITY_CHECKPOINTER_H_
#define PROTOGRAPH_SRC_DURABILITY_CHECKPOINTER_H_

// Writes checkpoints beside executions. It asks for nothing when a step ends: now and then its
// thread looks at the executions that are registered, and collects the results that stand in their
// frames. What ends before it came by was never anybody's business but the executor's; what the
// store does not take in time stays in the frames.

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/service_thread.h"
#include "durability/counters.h"
#include "durability/detached_run.h"
#include "protograph/exec_ctx.h"
#include "protograph/store/store.h"

namespace protograph::internal {

class EngineCore;
class Session;

// An execution that the store must be told the end of.
struct FinishedExecution {
  std::shared_ptr<Session> session;
  ExecutionEnd end;
  // Of a failure: what it has left.
  std::vector<std::shared_ptr<DetachedRun>> runs;
  // Of a success: its results, where others may wait for them.
  std::vector<Checkpoint> results;
};

class Checkpointer {
 public:
  explicit Checkpointer(EngineCore& engine);
  ~Checkpointer();

  absl::Status Start();
  // Writes what was handed over, for a few seconds at most.
  void Stop();

  // From here to Unregister the session's executions are looked at. Quick.
  void Register(Session& session);
  void Unregister(Session& session);

  // Waits only where EngineOptions::when_full says so, for room.
  void Finish(FinishedExecution finished);

  // Blocks until what the session has done is committed. An error where `ctx` ends before, the
  // store refuses it, or that takes longer than EngineOptions::commit_timeout.
  absl::Status Commit(std::shared_ptr<Session> session, const ExecCtx& ctx);

  // See Engine::Flush.
  absl::Status Flush(absl::Duration timeout);

  // Of what was handed over and the store has not taken.
  int64_t queued_bytes();

 private:
  // Executions register with one of several lists, so that threads do not meet at one lock.
  struct alignas(64) Shard {
    std::mutex mutex;
    Session* first = nullptr;
  };
  struct CommitRequest {
    std::shared_ptr<Session> session;
    bool is_done = false;
    absl::Status status;
  };
  // A write with the sessions it is about, by execution.
  struct Batch {
    StoreWrite write;
    absl::flat_hash_map<std::string, std::shared_ptr<Session>> sessions;
    size_t bytes = 0;
  };

  absl::Duration Turn();
  // Each returns whether the store has answered; what it has not taken is then pending.
  bool WritePending();
  bool WriteFinished();
  bool WriteCommits(const std::vector<std::shared_ptr<CommitRequest>>& commits);
  bool WriteLive(const std::vector<std::shared_ptr<Session>>& sessions);
  bool WriteOut(Batch batch);

  void AppendFinished(FinishedExecution finished, Batch& batch);
  void Account(Batch& batch, const StoreWriteResult& result, std::vector<Batch>& work);
  void Split(Batch batch, std::vector<Batch>& work);
  static void Merge(Batch from, Batch& into);
  void PushLocked(FinishedExecution finished);
  void Drop(FinishedExecution finished);
  std::vector<std::shared_ptr<Session>> Pinned(bool of_any_age);
  absl::Duration Backoff();

  EngineCore& engine_;
  std::array<Shard, 64> shards_;
  std::atomic<uint64_t> epoch_{0};
  std::atomic<int64_t> turn_at_ns_{absl::GetCurrentTimeNanos()};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FinishedExecution> finished_;
  size_t finished_bytes_ = 0;
  // Of what the thread has taken from finished_ or tried to write in vain.
  size_t in_hand_bytes_ = 0;
  std::vector<std::shared_ptr<CommitRequest>> commits_;
  // Turns that have begun, and that have ended with nothing left.
  uint64_t turns_begun_ = 0;
  uint64_t clean_turn_ = 0;
  // Whether the next turn is to collect from all executions.
  bool is_flushing_ = false;
  bool is_stopped_ = false;

  // Of the thread: what the store has not taken yet, and for how long it has not.
  Batch pending_;
  int failures_ = 0;
  // Last, so that it ends before what it uses.
  ServiceThread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_CHECKPOINTER_H_
