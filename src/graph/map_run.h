#ifndef PROTOGRAPH_SRC_GRAPH_MAP_RUN_H_
#define PROTOGRAPH_SRC_GRAPH_MAP_RUN_H_

// Runs the steps of a group (see plan.h) for each item of a collection, on several threads.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "graph/checkpoint_session.h"
#include "graph/core.h"
#include "graph/equal_items.h"
#include "graph/failure.h"
#include "graph/help_request.h"
#include "graph/item_distributor.h"
#include "graph/plan.h"
#include "graph/progress_board.h"
#include "protograph/exec_ctx.h"
#include "protograph/internal/many_base.h"
#include "protograph/internal/step_definition.h"

namespace protograph::internal {

// StepRecord::invoke of every step that runs once for each item. Where the step is the first of its
// group all of the group is run; otherwise it has been. A failure is in call.thrown, as the status
// of the execution.
Value RunMapGroup(const StepRecord& record, StepCall& call);

// One run of one group. The calling thread works like the helpers, and waits only for items that
// others are running.
class MapRun final : private HelpRequest, private ItemsOfGroup {
 public:
  MapRun(const MapGroup& group, StepCall& call);

  // Returns when no item is running any more. Once OK, the results of all stages lie in the frame.
  absl::Status Run();

 private:
  using Clock = std::chrono::steady_clock;

  struct Stage {
    const StepRecord* record = nullptr;
    const StepInfo* info = nullptr;
    const ItemLayout* layout = nullptr;
    // Where its items come from, and where its results go.
    const ManyBase* input = nullptr;
    ManyBase* output = nullptr;
    bool is_kept = false;
    // Where checkpoints find its items; null where the execution has no session.
    ItemRun* items = nullptr;
    uint32_t place = 0;
    ProgressBoard::Counts* progress = nullptr;
    // How many of its items may fail before the run is stopped, and when it is over.
    size_t stop_above = 0;
    size_t allowed = 0;

    // Guarded by the run's mutex. Of stages whose parallelism is limited: free slots, and items
    // that wait for one.
    int free_slots = std::numeric_limits<int>::max();
    std::deque<size_t> parked;
    // Items that came to it and were not begun, as the run was to stop.
    size_t left = 0;
    size_t failed = 0;
    // The failures of the smallest numbers, in order.
    std::vector<std::pair<size_t, FailedStep>> first;
  };

  // Items that follow each other, from that stage on. The slot for the stage is taken where it
  // needs one.
  struct Batch {
    size_t begin = 0;
    size_t end = 0;
    size_t stage = 0;
    bool empty() const { return begin == end; }
  };

  // What a thread does with items.
  struct Hand {
    StepCall call;
    size_t batch_size;
    // Whether the last batch had one item.
    bool is_alone = false;
    // Items that are answered by those that went through all stages in the last batch.
    size_t answered = 0;
  };

  absl::Status RunItems();
  void Help() override;
  void Work(ExecCtx& ctx, bool is_caller);
  // With the lock. An empty batch: there is nothing to do at the moment.
  Batch TakeBatch(size_t most);
  // Returns how many items have gone through all stages.
  size_t RunBatch(const Batch& batch, Hand& hand);
  // False where the item waits for a slot of a stage, or was not begun in one.
  bool RunThroughStages(size_t item, size_t from_stage, bool has_slot, Hand& hand);
  // False where the item was not begun, as the run is to stop.
  bool RunItem(Stage& stage, size_t item, Hand& hand);
  // Whether a checkpoint had it.
  bool Restore(Stage& stage, size_t item, std::byte* place, Hand& hand);
  bool RunItemSlowly(Stage& stage, size_t item, std::byte* place, Hand& hand, bool has_failed);
  static bool IsLimited(const Stage& stage) { return stage.info->options.items.parallelism > 0; }
  bool TakeSlot(Stage& stage, size_t item);
  void GiveSlotBack(Stage& stage);
  // With the lock.
  void FinishItems(size_t chunk, size_t count, size_t answered);
  bool IsOver() const { return running_ == 0 && TakesNothingMore(); }
  bool TakesNothingMore() const;

  bool IsCopy(size_t item) const { return equal_items_.has_value() && equal_items_->IsCopy(item); }
  // How many items it answers.
  size_t WeightOf(size_t item) const {
    return equal_items_.has_value() ? equal_items_->WeightOf(item) : 1;
  }

  // Of map_run_elsewhere.cc. An error also where items were handed over.
  absl::Status Distribute();
  bool IsWanted(size_t item) const override;
  bool Answer(size_t item, std::span<const std::optional<std::string_view>> messages,
              std::vector<FailureOfStage> failures) override;
  bool IsStopped() const override { return is_stopping_.load(std::memory_order_relaxed); }
  const google::protobuf::Message* Made(size_t item, size_t stage) const override;
  // The item in stages after those that have failed.
  void LeaveOut(size_t item, std::span<const FailureOfStage> failures);
  bool IsAnswered(size_t item) const { return !answered_.empty() && answered_[item]; }

  size_t ThreadsWanted() const;
  void AskAtFirst();
  void AskForMore(const Batch& batch, Clock::duration took, Clock::duration worked);

  // With the lock.
  void TakeFailure(Stage& stage, size_t item, void* place, FailedStep failed);
  absl::Status Verdict();
  size_t NotRun(const StepInfo& step) const;
  FailedItems ItemsOf(const Stage& stage) const;

  const MapGroup& group_;
  StepCall& call_;
  const StepInfo& info_;  // of the first step
  const ManyBase* input_;
  const size_t total_;
  const bool is_careful_;
  // Null where all items are run here; where they are not for another execution.
  ItemDistributor* distributor_ = nullptr;
  BatchReporter* reporter_ = nullptr;
  std::vector<Stage> stages_;
  // Of a run that is distributed: whether all chunks were made at once, and items that others have
  // run.
  bool has_chunks_ = false;
  std::vector<bool> answered_;

  // Where they are run once.
  std::optional<EqualItems> equal_items_;

  std::stop_source stop_siblings_;
  std::atomic<bool> is_stopping_{false};

  std::mutex mutex_;
  std::condition_variable changed_;  // the caller waits for it
  bool caller_waits_ = false;
  size_t next_ = 0;
  size_t running_ = 0;  // threads with a batch
  size_t in_flight_ =
      0;                // items that were begun and are not through; kept where stages are limited
  size_t through_ = 0;  // items that are through all stages, equal ones counted one by one
  size_t asked_ = 0;    // helpers
  std::vector<uint32_t> left_in_chunk_;
  std::vector<FailureOfStage> reported_;
  // Of the execution: in which item and stage it ended in the middle, and why its session ended it.
  std::optional<FailedStep> ended_;
  const Stage* ended_stage_ = nullptr;
  absl::Status session_error_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_MAP_RUN_H_
