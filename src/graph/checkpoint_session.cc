#include "graph/checkpoint_session.h"

#include "graph/ctx_access.h"

namespace protograph::internal {

absl::StatusOr<Value> DurableStep::RestoreFromSession(const ExecCtx& ctx) {
  absl::StatusOr<Value> value = CtxAccess::Session(ctx)->Restore(*run_, place_, ctx);
  restored_ = value.ok() && *value != nullptr;
  return value;
}

absl::Status DurableStep::FinishSlowly(const ExecCtx& ctx) {
  CheckpointSession& session = *CtxAccess::Session(ctx);
  if (run_->IsStopped()) return session.StopReason();
  return session.Commit(*run_, place_, ctx);
}

}  // namespace protograph::internal
