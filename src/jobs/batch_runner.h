#ifndef PROTOGRAPH_SRC_JOBS_BATCH_RUNNER_H_
#define PROTOGRAPH_SRC_JOBS_BATCH_RUNNER_H_

// Runs jobs that have some of another one's items: see job_fan_out.h for the other side.

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "durability/engine_core.h"
#include "graph/item_distributor.h"
#include "graph/items_call.h"
#include "jobs/stored_values.h"
#include "protograph/clock.h"
#include "protograph/exec_ctx.h"
#include "protograph/graph.h"
#include "protograph/job.pb.h"
#include "protograph/store/item_store.h"

namespace protograph::internal {

// What has become of a batch's items, for the store.
struct RanBatch {
  BatchResults results;
  int64_t done = 0;
  int64_t failed = 0;
  // Whether one has failed in a way that makes the others of its parent be in vain.
  bool is_decided = false;
};

// A batch that is ready to be run.
class BatchRun final : private BatchReporter {
 public:
  // When the parent's attempt is over.
  absl::Time deadline() const { return deadline_; }
  // Once. `ran` is filled as far as it came, whatever is returned.
  absl::Status Execute(ExecCtx& ctx, RanBatch& ran);

 private:
  friend class BatchRunner;

  BatchRun(const BatchOfItems& batch, const ItemsCall& call, ManyBase items)
      : batch_(batch), call_(call), items_(std::move(items)) {}

  void Report(const ItemsOfGroup& items, std::span<const FailureOfStage> failures) override;

  const BatchOfItems& batch_;
  const ItemsCall& call_;
  ManyBase items_;
  std::shared_ptr<const SharedValues> shared_;
  absl::Time deadline_;
  RanBatch* ran_ = nullptr;
};

// Thread safe.
class BatchRunner {
 public:
  BatchRunner(EngineCore& engine, ItemStore& items, Clock& clock)
      : engine_(engine), items_(items), clock_(clock) {}

  // `batch` must outlive the run. Asks the store for what the batches of one fan-out share, once;
  // while it is away again and again, as long as `ctx` allows. kInvalidArgument where this graph
  // cannot do it.
  absl::StatusOr<std::unique_ptr<BatchRun>> Prepare(const Graph& graph, const BatchOfItems& batch,
                                                    const ExecCtx& ctx);

 private:
  struct FanOutParts {
    // Parent, key and term.
    std::string name;
    std::shared_ptr<const SharedValues> shared;
    absl::Time deadline;
  };

  absl::StatusOr<FanOutParts> PartsOf(const GraphCore& core, const BatchOfItems& batch,
                                      const ExecCtx& ctx);
  absl::StatusOr<const ItemsCall*> CallOf(const Graph& graph, const BatchOfItems& batch,
                                          const SharedValues& shared);

  EngineCore& engine_;
  ItemStore& items_;
  Clock& clock_;
  std::mutex mutex_;
  // The last ones, the newest at the end.
  std::vector<FanOutParts> fan_outs_;
  absl::flat_hash_map<std::string, std::unique_ptr<ItemsCall>> calls_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_BATCH_RUNNER_H_
