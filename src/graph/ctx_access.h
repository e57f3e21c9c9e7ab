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

  static const StepInfo* Step(const ExecCtx& ctx) { return ctx.step_; }

  static void BeginStep(ExecCtx& ctx, const StepInfo* step) { ctx.step_ = step; }
  static void BeginAttempt(ExecCtx& ctx, int attempt) { ctx.attempt_ = attempt; }
  static void SetDeadline(ExecCtx& ctx, absl::Time deadline) { ctx.deadline_ = deadline; }

  // A context for one more thread of root's execution.
  static ExecCtx Branch(const ExecCtx& root, std::stop_token stop_token) {
    return ExecCtx(root, std::move(stop_token));
  }
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_CTX_ACCESS_H_
