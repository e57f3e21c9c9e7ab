#include "graph/checkpoint_session.h"

#include "graph/ctx_access.h"

namespace protograph::internal {

absl::StatusOr<const google::protobuf::Message*> DurableStep::RestoreFromSession(
    const ExecCtx& ctx) {
  absl::StatusOr<const google::protobuf::Message*> message =
      CtxAccess::Session(ctx)->Restore(*run_, place_, ctx);
  restored_ = message.ok() && *message != nullptr;
  return message;
}

absl::Status DurableStep::FinishSlowly(const ExecCtx& ctx) {
  CheckpointSession& session = *CtxAccess::Session(ctx);
  if (run_->IsStopped()) return session.StopReason();
  return session.Commit(*run_, place_, ctx);
}

}  // namespace protograph::internal
