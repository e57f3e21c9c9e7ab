#ifndef PROTOGRAPH_SRC_GRAPH_CTX_ACCESS_H_
#define PROTOGRAPH_SRC_GRAPH_CTX_ACCESS_H_

// What the executor does to a context and nobody else may.

#include <algorithm>
#include <stop_token>
#include <utility>

#include "absl/time/time.h"
#include "graph/core.h"
#include "protograph/exec_ctx.h"

namespace protograph::internal {

class CtxAccess {
 public:
  static bool IsSupervised(const ExecCtx& ctx) { return ctx.supervised_; }
  static ExecutionObserver* Observer(const ExecCtx& ctx) { return ctx.execution_->observer; }

  // Null where no Engine opened the execution.
  static CheckpointSession* Session(const ExecCtx& ctx) { return ctx.execution_->session.get(); }
  static ExecCtx MakeDurable(ExecOptions&& options, std::shared_ptr<CheckpointSession> session) {
    return ExecCtx(std::move(options), std::move(session));
  }

  static ItemSlots* Slots(const ExecCtx& ctx) { return ctx.execution_->item_slots.get(); }
  static bool HasItemSlot(const ExecCtx& ctx) { return ctx.has_item_slot_; }
  static void SetHasItemSlot(ExecCtx& ctx, bool has) { ctx.has_item_slot_ = has; }
  static internal::ProgressBoard& Progress(const ExecCtx& ctx) { return ctx.ProgressBoard(); }

  // Null for both: see item_distributor.h.
  static ItemDistributor* Distributor(const ExecCtx& ctx) {
    return ctx.execution_->item_distributor;
  }
  static void SetDistributor(ExecCtx& ctx, ItemDistributor* distributor) {
    ctx.execution_->item_distributor = distributor;
  }
  static BatchReporter* Reporter(const ExecCtx& ctx) { return ctx.execution_->batch_reporter; }
  static void SetReporter(ExecCtx& ctx, BatchReporter* reporter) {
    ctx.execution_->batch_reporter = reporter;
  }

  static const StepInfo* Step(const ExecCtx& ctx) { return ctx.step_; }
  static const StepCall* Call(const ExecCtx& ctx) { return ctx.call_; }

  static void BeginStep(ExecCtx& ctx, const StepInfo* step) { ctx.step_ = step; }
  static void BeginCall(ExecCtx& ctx, const StepCall* call) { ctx.call_ = call; }
  static void BeginAttempt(ExecCtx& ctx, int attempt) { ctx.attempt_ = attempt; }

  // Narrows the deadline for as long as it lives.
  class ScopedDeadline {
   public:
    ScopedDeadline(ExecCtx& ctx, absl::Time deadline)
        : ctx_(ctx), outer_deadline_(ctx.deadline_), outer_supervised_(ctx.supervised_) {
      ctx.deadline_ = std::min(ctx.deadline_, deadline);
      // What the step executes with this context must look at the deadline too.
      ctx.supervised_ |= ctx.deadline_ < absl::InfiniteFuture();
    }
    ~ScopedDeadline() {
      ctx_.deadline_ = outer_deadline_;
      ctx_.supervised_ = outer_supervised_;
    }
    ScopedDeadline(const ScopedDeadline&) = delete;
    ScopedDeadline& operator=(const ScopedDeadline&) = delete;

   private:
    ExecCtx& ctx_;
    const absl::Time outer_deadline_;
    const bool outer_supervised_;
  };

  // A context for one more thread of root's execution.
  static ExecCtx Branch(const ExecCtx& root, std::stop_token stop_token) {
    return ExecCtx(root, std::move(stop_token));
  }
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_CTX_ACCESS_H_
