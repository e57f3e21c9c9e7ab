#ifndef PROTOGRAPH_SRC_JOBS_JOB_FAN_OUT_H_
#define PROTOGRAPH_SRC_JOBS_JOB_FAN_OUT_H_

// Has items of a job's execution run by other jobs: which belong together, which are done, and what
// is to be handed over. See item_store.h for what the store does, and job.proto for what is stored.

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "durability/engine_core.h"
#include "graph/item_distributor.h"
#include "protograph/clock.h"
#include "protograph/store/item_store.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// Of one execution of one job; all must outlive it. Thread safe.
class JobFanOut final : public ItemDistributor {
 public:
  JobFanOut(EngineCore& engine, ItemStore& items, const ClaimedJob& job, Clock& clock)
      : engine_(engine), items_(items), job_(job), clock_(clock) {}

  absl::StatusOr<bool> Distribute(ItemsOfGroup& items, const ExecCtx& ctx) override;

  // After the execution: what it wants to hand over, in the order of the calls of HandOver. Empty:
  // nothing, it is over.
  std::vector<FanOut> TakeFanOuts() { return std::move(fan_outs_); }

 private:
  class Collection;

  // What was handed over before: takes what was made of it.
  struct Earlier {
    bool is_of_this_attempt = false;
    bool is_open = false;
    // Of batches of this attempt that have ended without all results.
    absl::Status error;
  };
  absl::StatusOr<Earlier> TakeEarlier(Collection& collection, const std::string& key,
                                      const ExecCtx& ctx);
  // A call of HandOver without batches.
  FanOut NewFanOut(const Collection& collection, const std::string& key, const ExecCtx& ctx) const;
  // What is missing; false where that is so little that it is run here.
  bool HandOver(const Collection& collection, const std::string& key, const ExecCtx& ctx);
  void NumberBatches();

  EngineCore& engine_;
  ItemStore& items_;
  const ClaimedJob& job_;
  Clock& clock_;
  std::mutex mutex_;
  std::vector<FanOut> fan_outs_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_JOB_FAN_OUT_H_
