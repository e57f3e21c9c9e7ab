#include "protograph/exec_ctx.h"

#include <algorithm>

#include "base/uuid.h"
#include "graph/checkpoint_session.h"
#include "graph/core.h"
#include "graph/idempotency_key.h"
#include "graph/item_slots.h"
#include "graph/progress_board.h"
#include "protograph/clock.h"
#include "protograph/logger.h"
#include "protograph/random_source.h"
#include "protograph/schedule_info.h"

namespace protograph {

ContextValues ContextValues::WithErased(std::type_index type,
                                        std::shared_ptr<const void> value) const {
  ContextValues values = *this;
  for (auto& [key, held] : values.values_) {
    if (key != type) continue;
    held = std::move(value);
    return values;
  }
  values.values_.emplace_back(type, std::move(value));
  return values;
}

const void* ContextValues::GetErased(std::type_index type) const {
  for (const auto& [key, held] : values_) {
    if (key == type) return held.get();
  }
  return nullptr;
}

ExecCtx::Execution::Execution(ExecOptions&& options)
    : id(std::move(options.execution_id)),
      values(std::move(options.values)),
      clock(options.clock != nullptr ? options.clock : &Clock::System()),
      random(options.random != nullptr ? options.random : &RandomSource::System()),
      logger(options.logger != nullptr ? options.logger : &Logger::Null()),
      observer(options.observer),
      deadline(options.deadline) {
  if (options.item_parallelism > 0) {
    item_slots = std::make_unique<internal::ItemSlots>(options.item_parallelism);
  }
}

ExecCtx::Execution::~Execution() = default;

ExecCtx::ExecCtx(ExecOptions options)
    : deadline_(options.deadline),
      stop_token_(std::move(options.stop_token)),
      supervised_(options.deadline < absl::InfiniteFuture() || stop_token_.stop_possible() ||
                  options.observer != nullptr) {
  own_.emplace(std::move(options));
  execution_ = &*own_;
}

ExecCtx::ExecCtx(ExecOptions&& options, std::shared_ptr<internal::CheckpointSession> session)
    : ExecCtx(std::move(options)) {
  own_->session = std::move(session);
}

ExecCtx::~ExecCtx() = default;

ExecCtx::ExecCtx(const ExecCtx& root, std::stop_token stop_token)
    : execution_(root.execution_),
      deadline_(root.deadline_),
      stop_token_(std::move(stop_token)),
      has_item_slot_(root.has_item_slot_),
      supervised_(true) {}

const std::string& ExecCtx::execution_id() const {
  if (execution_->session != nullptr) return execution_->session->execution_id();
  std::call_once(execution_->id_made, [this] {
    if (execution_->id.empty()) {
      execution_->id = internal::MakeUuidV7(execution_->clock->Now(), *execution_->random);
    }
  });
  return execution_->id;
}

const std::string& ExecCtx::workflow_id() const {
  static const std::string& none = *new std::string;
  return execution_->session == nullptr ? none : execution_->session->workflow_id();
}

std::string ExecCtx::IdempotencyKey() const {
  if (step_ == nullptr || call_ == nullptr) return "";
  if (execution_->session != nullptr) return execution_->session->IdempotencyKey(*step_, *call_);
  return internal::IdempotencyKey(execution_id(), *step_, *call_);
}

internal::ProgressBoard& ExecCtx::ProgressBoard() const {
  std::call_once(execution_->progress_made,
                 [this] { execution_->progress = std::make_unique<internal::ProgressBoard>(); });
  return *execution_->progress;
}

std::vector<StepProgress> ExecCtx::Progress() const { return ProgressBoard().Read(); }

std::optional<absl::Time> ExecCtx::ScheduledTime() const {
  const ScheduleInfo* const info = Value<ScheduleInfo>();
  if (info == nullptr) return std::nullopt;
  return info->time;
}

absl::Status ExecCtx::CheckAlive() const {
  if (stop_token_.stop_requested()) {
    return absl::CancelledError("the execution was asked to stop");
  }
  if (deadline_ < absl::InfiniteFuture() && execution_->clock->Now() >= deadline_) {
    return absl::DeadlineExceededError("the deadline has passed");
  }
  return absl::OkStatus();
}

absl::Status ExecCtx::SleepFor(absl::Duration duration) const {
  const absl::Time end = execution_->clock->Now() + duration;
  execution_->clock->SleepUntil(std::min(end, deadline_), stop_token_);
  return CheckAlive();
}

std::string_view ExecCtx::step_name() const {
  return step_ == nullptr ? std::string_view() : std::string_view(step_->name);
}

}  // namespace protograph
