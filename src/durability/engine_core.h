#ifndef PROTOGRAPH_SRC_DURABILITY_ENGINE_CORE_H_
#define PROTOGRAPH_SRC_DURABILITY_ENGINE_CORE_H_

// What the parts of an engine share.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "durability/checkpointer.h"
#include "durability/limited_log.h"
#include "durability/owner_lease.h"
#include "durability/session.h"
#include "durability/sweeper.h"
#include "protograph/durability/engine.h"
#include "protograph/exec_ctx.h"
#include "protograph/store/store.h"

namespace protograph::internal {

class EngineCore {
 public:
  EngineCore(std::shared_ptr<Store> store, const EngineOptions& options);
  ~EngineCore();
  EngineCore(const EngineCore&) = delete;
  EngineCore& operator=(const EngineCore&) = delete;

  absl::Status Start();
  void Stop();

  Store& store() { return *store_; }
  const EngineOptions& options() const { return options_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  LimitedLog& log() { return log_; }
  Checkpointer& checkpointer() { return checkpointer_; }
  const OwnerLease& lease() const { return lease_; }
  // Changes where the process was taken for dead.
  std::string owner_id() const { return lease_.owner_id(); }

  // Around the life of a worker that takes jobs under this engine's owner; one that cannot tell
  // that it has none any more does not say the second.
  void BeginJobs() { takers_of_jobs_.fetch_add(1); }
  void EndJobs() { takers_of_jobs_.fetch_sub(1); }
  bool has_no_jobs() const { return takers_of_jobs_.load() == 0; }

  // The last attempt of a workflow that has something in the store.
  struct Known {
    int attempt = 0;
    // Whether it was one of this engine's, whose end may wait to be written.
    bool is_ours = false;
  };
  // Known once.
  std::optional<Known> TakeResumable(const std::string& workflow_id);

  // Keeps what a failed execution has left, the newest as far as the memory goes.
  void Remember(const std::string& workflow_id, Leftovers leftovers);
  // What was kept, which is then the caller's.
  std::optional<Leftovers> TakeLeftovers(const std::string& workflow_id);

  // Repeats a call of the store while it is unavailable: until it answers, `ctx` ends, or
  // EngineOptions::commit_timeout is over. Blocks.
  absl::Status Insist(const ExecCtx& ctx, std::string_view what,
                      const std::function<absl::Status()>& call);

 private:
  const std::shared_ptr<Store> store_;
  std::atomic<int> takers_of_jobs_{0};
  const EngineOptions options_;
  Counters counters_;
  LimitedLog log_;
  OwnerLease lease_;
  Checkpointer checkpointer_;
  Sweeper sweeper_;

  std::mutex mutex_;
  // By workflow; empty most of the time, which is looked at first.
  absl::flat_hash_map<std::string, Known> resumable_;
  absl::flat_hash_map<std::string, Leftovers> leftovers_;
  std::deque<std::string> leftovers_order_;  // the oldest first; may name some that are gone
  size_t leftovers_bytes_ = 0;
  std::atomic<bool> anything_known_{false};
  std::atomic<bool> is_stopped_{false};
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_ENGINE_CORE_H_
