#ifndef PROTOGRAPH_SRC_GRAPH_CHECKPOINT_SESSION_H_
#define PROTOGRAPH_SRC_GRAPH_CHECKPOINT_SESSION_H_

// What the executor asks of durability, which lies on a floor above it. A context that was opened
// by an Engine has a session; executions without one pay for a look at a pointer.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "graph/core.h"
#include "graph/plan.h"
#include "protograph/internal/many_base.h"
#include "protograph/internal/step_definition.h"

namespace protograph::internal {

// The items of a step that runs once for each, as others than its threads may see them.
class ItemRun {
 public:
  // `output` has a place for each item from now on.
  explicit ItemRun(const ManyBase& output)
      : size_(output.size()),
        output_(output),
        done_(std::make_unique<std::atomic<bool>[]>(output.size())) {}

  size_t size() const { return size_; }
  // May be read where the item is done.
  const ManyBase& output() const { return output_; }

  // The item's message stands.
  void MarkDone(size_t item) { done_[item].store(true, std::memory_order_release); }
  bool IsDone(size_t item) const { return done_[item].load(std::memory_order_acquire); }

 private:
  const size_t size_;
  const ManyBase& output_;
  const std::unique_ptr<std::atomic<bool>[]> done_;
};

// Those of the steps of a run, by their place in the plan. They stay as long as the frame.
class ItemRuns {
 public:
  explicit ItemRuns(size_t places) : runs_(places), published_(places) {}

  // Once for each place.
  ItemRun& Add(size_t place, const ManyBase& output) {
    runs_[place] = std::make_unique<ItemRun>(output);
    published_[place].store(runs_[place].get(), std::memory_order_release);
    return *runs_[place];
  }
  // Null where the step has not begun, or is of another kind.
  const ItemRun* Find(size_t place) const {
    return published_[place].load(std::memory_order_acquire);
  }

 private:
  std::vector<std::unique_ptr<ItemRun>> runs_;
  std::vector<std::atomic<const ItemRun*>> published_;
};

// What may be read of a call of Execute by others than its own threads: the plan, the inputs, and
// the values of the steps, and of items, that are marked as done.
class RunView {
 public:
  RunView(const GraphCore& core, const Plan& plan, std::byte* frame)
      : core_(core), plan_(plan), frame_(frame) {
    if (plan.has_maps) items_ = std::make_shared<ItemRuns>(plan.steps.size());
  }

  const GraphCore& core() const { return core_; }
  const Plan& plan() const { return plan_; }
  std::byte* frame() const { return frame_; }
  Value value(uint32_t slot) const { return values()[slot]; }
  void SetValue(uint32_t slot, Value value) { values()[slot] = value; }

  // The step at that place of the plan is over and its value stands.
  void MarkDone(size_t place) {
    std::atomic_ref<uint8_t>(done()[place]).store(1, std::memory_order_release);
  }
  bool IsDone(size_t place) const {
    return std::atomic_ref<uint8_t>(done()[place]).load(std::memory_order_acquire) != 0;
  }

  // Of a step of the plan that runs once for each item.
  ItemRun& BeginItems(size_t place, const ManyBase& output) { return items_->Add(place, output); }
  // Null where the step has not begun, or is of another kind.
  const ItemRun* items(size_t place) const {
    return items_ == nullptr ? nullptr : items_->Find(place);
  }

 protected:
  Value* values() const { return reinterpret_cast<Value*>(frame_); }
  uint8_t* done() const { return reinterpret_cast<uint8_t*>(frame_ + core_.done_offset()); }

 private:
  const GraphCore& core_;
  const Plan& plan_;
  std::byte* frame_;
  std::shared_ptr<ItemRuns> items_;
};

// One call of Execute while its steps run. The executor's thread owns it.
class DurableRun : public RunView {
 public:
  DurableRun(const GraphCore& core, const Plan& plan, std::byte* frame)
      : RunView(core, plan, frame) {
    std::memset(done(), 0, plan.steps.size());
  }
  DurableRun(const DurableRun&) = delete;
  DurableRun& operator=(const DurableRun&) = delete;

  // Asks the run to end before its next step; the session says why.
  void Stop() { stopped_.store(true, std::memory_order_release); }
  bool IsStopped() const { return stopped_.load(std::memory_order_acquire); }

  // Whether it is the execution's own call, and not one that a step makes with its context. Set by
  // Begin.
  bool is_outermost = false;
  // Whether there is anything to restore. Set by Begin.
  bool restores = false;
  // Whether Begin has put the answers into the frame and marked their steps as done: then nothing
  // runs, and no other value stands.
  bool is_answered = false;
  // Whether End has taken the frame, and the results in it with it.
  bool frame_taken = false;

 private:
  std::atomic<bool> stopped_{false};
};

// Begin and End are called by the thread that executes; the rest by whichever thread runs a step.
class CheckpointSession {
 public:
  virtual ~CheckpointSession() = default;

  virtual const std::string& workflow_id() const = 0;
  // A UUID.
  virtual const std::string& execution_id() = 0;

  // From here to End the run may be read by others. After an error there is no End. Blocks where
  // the workflow is resumed.
  virtual absl::Status Begin(DurableRun& run, const ExecCtx& ctx) = 0;
  virtual void End(DurableRun& run, const absl::Status& status) = 0;

  // Constructs the result of the step at that place in the frame, where a checkpoint has it; null
  // where none has, which is so for collections. An error of the execution where that cannot be
  // told: of the store, or because `ctx` ended. May block.
  virtual absl::StatusOr<Value> Restore(DurableRun& run, uint32_t place, const ExecCtx& ctx) = 0;

  // The same for an item of a step that runs once for each, in its place in the step's result.
  // Whether it was there.
  virtual absl::StatusOr<bool> RestoreItem(DurableRun& run, uint32_t place, size_t item,
                                           void* result, const ExecCtx& ctx) = 0;

  // Blocks until the checkpoint of the step, which is done, is committed. An error of the
  // execution: of the store, or because `ctx` ended.
  virtual absl::Status Commit(DurableRun& run, uint32_t place, const ExecCtx& ctx) = 0;

  // Why the run was stopped.
  virtual absl::Status StopReason() const = 0;

  // 32 hexadecimal digits over the workflow, the step and its inputs.
  virtual std::string IdempotencyKey(const StepInfo& step, const StepCall& call) = 0;
};

// A step of a run that may be durable: what is done before and after it.
class DurableStep {
 public:
  // `run` is null where the execution has no session.
  DurableStep(DurableRun* run, uint32_t place) : run_(run), place_(place) {}

  // The step's result, where a checkpoint has it: then the step need not run. Null otherwise.
  absl::StatusOr<Value> Restore(const ExecCtx& ctx) {
    if (run_ == nullptr || !run_->restores) [[likely]] {
      return nullptr;
    }
    return RestoreFromSession(ctx);
  }

  // The step's message is there, and its value set. An error ends the execution.
  absl::Status Finish(const ExecCtx& ctx) {
    if (run_ == nullptr) return absl::OkStatus();
    run_->MarkDone(place_);
    if (!run_->IsStopped() && (restored_ || !IsSync())) [[likely]] {
      return absl::OkStatus();
    }
    return FinishSlowly(ctx);
  }

 private:
  bool IsSync() const {
    return run_->plan().steps[place_]->info->options.durability == Durability::kSync;
  }
  absl::StatusOr<Value> RestoreFromSession(const ExecCtx& ctx);
  absl::Status FinishSlowly(const ExecCtx& ctx);

  DurableRun* const run_;
  const uint32_t place_;
  bool restored_ = false;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_CHECKPOINT_SESSION_H_
