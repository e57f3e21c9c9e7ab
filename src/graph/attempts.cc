#include "graph/attempts.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "graph/ctx_access.h"
#include "graph/duration_proto.h"
#include "graph/values.h"
#include "protograph/clock.h"
#include "protograph/execution_observer.h"

namespace protograph::internal {
namespace {

// The error of the attempt that has just failed; leaves the frame without the result.
absl::Status TakeError(const StepRecord& record, StepCall& call) {
  if (!call.thrown.ok()) return std::exchange(call.thrown, absl::OkStatus());
  return record.take_error(call.frame + record.place);
}

}  // namespace

Attempts::Attempts(const StepRecord& record, StepCall& call)
    : record_(record), call_(call), step_(*record.info) {
  failed_.step = &step_;
}

Value Attempts::Run() {
  CtxAccess::BeginStep(*call_.ctx, &step_);
  if (!MayBegin()) return nullptr;
  if (step_.options.retry.budget() < absl::InfiniteDuration()) begin_ = call_.ctx->clock().Now();
  if (CtxAccess::Observer(*call_.ctx) != nullptr) {
    for (size_t i = 0; i < step_.inputs.size(); ++i) {
      inputs_.push_back(i == 0 && call_.item != nullptr
                            ? call_.item
                            : MessageOrNull(step_.inputs[i], call_.values[record_.inputs[i]]));
    }
  }
  return TryUntilDone();
}

Value Attempts::RunAfterFailure() { return RunAfterFailure(TakeError(record_, call_)); }

Value Attempts::RunAfterFailure(absl::Status error) {
  failed_.attempts = 1;
  failed_.last_error = std::move(error);
  if (!WaitForNext()) return nullptr;
  return TryUntilDone();
}

Value Attempts::TryUntilDone() {
  do {
    ++failed_.attempts;
    CtxAccess::BeginAttempt(*call_.ctx, failed_.attempts);
    if (const Value value = TryOnce(); value != nullptr) {
      CtxAccess::BeginAttempt(*call_.ctx, 1);
      return value;
    }
  } while (WaitForNext());
  CtxAccess::BeginAttempt(*call_.ctx, 1);
  return nullptr;
}

Value Attempts::TryOnce() {
  ExecCtx& ctx = *call_.ctx;
  ExecutionObserver* const observer = CtxAccess::Observer(ctx);
  if (observer != nullptr) observer->OnAttemptStart(ctx, Event());

  const bool has_timeout = step_.options.timeout < absl::InfiniteDuration();
  absl::Time attempt_deadline = absl::InfiniteFuture();
  if (has_timeout) attempt_deadline = ctx.clock().Now() + step_.options.timeout;
  Value value;
  {
    const CtxAccess::ScopedDeadline scoped(ctx, attempt_deadline);
    value = record_.invoke(record_, call_);
  }

  if (value == nullptr) {
    failed_.last_error = TakeError(record_, call_);
  } else if (has_timeout && ctx.clock().Now() > attempt_deadline) {
    record_.destroy(call_.frame + record_.place);
    value = nullptr;
    failed_.last_error = absl::DeadlineExceededError(
        fmt::format("the attempt took longer than its timeout of {}: raise StepOptions::timeout, "
                    "or let the step look at ctx.deadline()",
                    absl::FormatDuration(step_.options.timeout)));
  }
  if (observer != nullptr) {
    if (value == nullptr) {
      observer->OnAttemptEnd(ctx, Event(), failed_.last_error, nullptr);
    } else {
      // Of a step that runs for an item the value is a message, and its output type the collection.
      observer->OnAttemptEnd(ctx, Event(), absl::OkStatus(), MessageOrNull(OutputType(), value));
    }
  }
  return value;
}

StepEvent Attempts::Event() const {
  return {.step = step_.name,
          .output_type =
              call_.item != nullptr ? step_.output.descriptor().full_name() : step_.output_name,
          .attempt = failed_.attempts,
          .item = call_.item != nullptr ? static_cast<int64_t>(call_.item_index) : -1,
          .inputs = inputs_};
}

TypeKey Attempts::OutputType() const {
  return call_.item != nullptr ? step_.output.item() : step_.output;
}

bool Attempts::GiveUp(StepFailure::GaveUp reason) {
  failed_.gave_up = reason;
  return false;
}

bool Attempts::MayBegin() {
  const absl::Status alive = call_.ctx->CheckAlive();
  if (alive.ok()) return true;
  return GiveUp(absl::IsCancelled(alive) ? StepFailure::CANCELLED : StepFailure::DEADLINE_PASSED);
}

bool Attempts::WaitForNext() {
  ExecCtx& ctx = *call_.ctx;
  const RetryPolicy& retry = step_.options.retry;
  const absl::Status& error = failed_.last_error;
  const std::optional<RetryHint> hint = HintOf(error);
  if (hint.has_value() && hint->do_not_retry()) return GiveUp(StepFailure::STEP_SAID_NO);
  const bool has_time = hint.has_value() && hint->has_retry_after();
  if (!has_time && !retry.IsRetriable(error)) return GiveUp(StepFailure::NOT_RETRIABLE);
  if (failed_.attempts >= retry.attempts()) return GiveUp(StepFailure::ATTEMPTS_SPENT);
  if (ctx.stop_token().stop_requested()) return GiveUp(StepFailure::CANCELLED);

  const absl::Duration wait =
      has_time ? FromProto(hint->retry_after()) : retry.Delay(failed_.attempts, ctx.random());
  const absl::Time now = ctx.clock().Now();
  if (now + wait >= ctx.deadline()) return GiveUp(StepFailure::DEADLINE_WOULD_PASS);
  if (now + wait > begin_ + retry.budget()) return GiveUp(StepFailure::BUDGET_SPENT);
  failed_.waits.push_back(wait);
  if (ExecutionObserver* const observer = CtxAccess::Observer(ctx); observer != nullptr) {
    observer->OnBackoff(ctx, Event(), wait, error);
  }
  if (wait > absl::ZeroDuration() && !ctx.clock().SleepUntil(now + wait, ctx.stop_token())) {
    return GiveUp(StepFailure::CANCELLED);
  }
  return MayBegin();  // the clock may have slept too long
}

absl::StatusOr<Value> RunWithCare(const StepRecord& record, StepCall& call) {
  if (record.info->is_map()) {
    const Value value = record.invoke(record, call);
    if (value == nullptr) return std::exchange(call.thrown, absl::OkStatus());
    return value;
  }
  Attempts attempts(record, call);
  const Value value = attempts.Run();
  if (value == nullptr) return ToStatus(attempts.failure(), *call.core, *call.plan);
  return value;
}

}  // namespace protograph::internal
