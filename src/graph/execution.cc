#include <chrono>

#include "fmt/format.h"
#include "graph/attempts.h"
#include "graph/checkpoint_session.h"
#include "graph/core.h"
#include "graph/ctx_access.h"
#include "graph/failure.h"
#include "graph/frame_cache.h"
#include "graph/side_by_side.h"
#include "protograph/internal/graph_core.h"

namespace protograph::internal {

void Execution::Begin() {
  outer_step_ = CtxAccess::Step(ctx_);
  outer_attempt_ = ctx_.attempt();
  outer_call_ = CtxAccess::Call(ctx_);
  CtxAccess::BeginAttempt(ctx_, 1);
  CtxAccess::BeginCall(ctx_, &call_);
  call_.ctx = &ctx_;
  call_.core = &core_;
  call_.plan = plan_;
}

void Execution::LeaveGaps() {
  for (const StepRecord* record : plan_->steps) call_.values[record->output] = nullptr;
  has_gaps_ = true;
}

void Execution::End() {
  if (has_gaps_) [[unlikely]] {
    for (const StepRecord* record : plan_->steps) {
      if (call_.values[record->output] != nullptr) record->destroy(call_.frame + record->place);
    }
  } else {
    const StepRecord* const* const first = plan_->steps.data();
    std::byte* const frame = call_.frame;
    for (const StepRecord* const* step = first + finished_; step != first;) {
      const StepRecord& record = **--step;
      record.destroy(frame + record.place);
    }
  }
  CtxAccess::BeginStep(ctx_, outer_step_);
  CtxAccess::BeginAttempt(ctx_, outer_attempt_);
  CtxAccess::BeginCall(ctx_, outer_call_);
  if (frame_taken_) [[unlikely]] {
    return;
  }
  cache_->GiveBack({call_.frame, frame_capacity_});
}

// What follows up to Run is out of line, as what it keeps on the stack would burden the happy path.

[[gnu::noinline]] absl::Status Execution::MakePlan(const CallKind& kind) {
  absl::StatusOr<const Plan*> plan = core_.MakePlanFor(kind);
  if (plan.ok()) plan_ = *plan;
  return plan.status();
}

[[gnu::noinline]] absl::Status Execution::NoMemory() const {
  return absl::ResourceExhaustedError(
      fmt::format("no memory for an execution of graph {}, which needs {} bytes", core_.name(),
                  core_.frame_bytes()));
}

[[gnu::noinline]] absl::StatusOr<Value> Execution::RetryStep(const StepRecord& record) {
  // It has tried its items again, one by one.
  if (record.info->is_map()) return std::exchange(call_.thrown, absl::OkStatus());
  Attempts attempts(record, call_);
  const Value value = attempts.RunAfterFailure();
  if (value == nullptr) return ToStatus(attempts.failure(), core_, *plan_);
  return value;
}

absl::Status Execution::Run(const CallKind& kind, const Value* inputs, LastStep last_step) {
  plan_ = core_.FindPlan(kind.tag);
  if (plan_ == nullptr) [[unlikely]] {
    if (absl::Status status = MakePlan(kind); !status.ok()) return status;
  }
  FrameCache& cache = FrameCache::OfThisThread();
  const FrameCache::Frame frame = cache.Take(core_.frame_bytes());
  if (frame.memory == nullptr) [[unlikely]] {
    return NoMemory();
  }
  cache_ = &cache;
  frame_capacity_ = frame.capacity;
  Begin();
  call_.frame = frame.memory;
  call_.values = reinterpret_cast<Value*>(frame.memory);
  for (size_t i = 0; i < plan_->input_slots.size(); ++i) {
    call_.values[plan_->input_slots[i]] = inputs[i];
  }
  // Steps that run together make their results at once.
  if (plan_->has_maps) [[unlikely]] {
    LeaveGaps();
  }

  if (CheckpointSession* session = CtxAccess::Session(ctx_); session != nullptr) [[unlikely]] {
    return RunDurable(*session);
  }
  return RunByMode(last_step);
}

absl::Status Execution::RunByMode(LastStep last_step) {
  if (plan_->wide && core_.has_helpers()) {
    const Plan::Mode mode = plan_->mode.load(std::memory_order_relaxed);
    if (mode == Plan::Mode::kSideBySide) [[unlikely]] {
      return RunSideBySide();
    }
    if (mode == Plan::Mode::kMeasureSteps) [[unlikely]] {
      return RunWatched(/*measured=*/true);
    }
    if (cache_->IsTimeToMeasure()) [[unlikely]] {
      return RunTimed();
    }
  }
  return RunAlone(last_step);
}

absl::Status Execution::RunAlone(LastStep last_step) {
  if (plan_->supervised || CtxAccess::IsSupervised(ctx_)) [[unlikely]] {
    return RunWatched(/*measured=*/false);
  }
  if (call_.durable != nullptr) [[unlikely]] {
    return call_.durable->restores || plan_->commits ? RunWatched(/*measured=*/false)
                                                     : RunDurableInOrder();
  }
  return RunInOrder(last_step);
}

absl::Status Execution::RunDurable(CheckpointSession& session) {
  DurableRun run(core_, *plan_, call_.frame);
  if (absl::Status status = session.Begin(run, ctx_); !status.ok()) return status;
  call_.durable = &run;
  absl::Status status;
  if (run.is_answered) {
    KeepOnlyDone(run);
  } else {
    // The last step lies in the frame too: it may be restored, and may have to be committed.
    status = RunByMode(LastStep::kRun);
  }
  call_.durable = nullptr;
  session.End(run, status);
  if (run.frame_taken) {
    finished_ = 0;
    has_gaps_ = false;
    frame_taken_ = true;
  }
  return status;
}

void Execution::KeepOnlyDone(const DurableRun& run) {
  for (size_t place = 0; place < plan_->steps.size(); ++place) {
    if (!run.IsDone(place)) call_.values[plan_->steps[place]->output] = nullptr;
  }
  has_gaps_ = true;
}

absl::Status Execution::RunTimed() {
  const auto begin = std::chrono::steady_clock::now();
  absl::Status status = RunAlone(LastStep::kRun);
  // As a whole, so that a trivial graph pays for two looks at the clock and not for two a step.
  if (std::chrono::steady_clock::now() - begin >= kWorthwhile) {
    plan_->mode.store(Plan::Mode::kMeasureSteps, std::memory_order_relaxed);
  }
  return status;
}

// The happy path: one indirect call a step.
absl::Status Execution::RunInOrder(LastStep last_step) {
  const StepRecord* const* step = plan_->steps.data();
  const StepRecord* const* end = step + plan_->steps.size();
  if (last_step == LastStep::kLeave && step != end && end[-1]->answer != nullptr) {
    left_ = *--end;
  }
  Value* const values = call_.values;
  for (; step != end; ++step) {
    const StepRecord& record = **step;
    CtxAccess::BeginStep(ctx_, record.info);
    Value value = record.invoke(record, call_);
    if (value == nullptr) [[unlikely]] {
      absl::StatusOr<Value> retried = RetryStep(record);
      if (!retried.ok()) {
        left_ = nullptr;
        finished_ = static_cast<size_t>(step - plan_->steps.data());
        return std::move(retried).status();
      }
      value = *retried;
    }
    values[record.output] = value;
  }
  finished_ = static_cast<size_t>(end - plan_->steps.data());
  if (left_ != nullptr) CtxAccess::BeginStep(ctx_, left_->info);
  return absl::OkStatus();
}

// The happy path of executions that keep checkpoints: beside the call, a store that tells others
// that the result stands.
absl::Status Execution::RunDurableInOrder() {
  DurableRun& run = *call_.durable;
  const std::vector<const StepRecord*>& steps = plan_->steps;
  Value* const values = call_.values;
  for (size_t place = 0; place < steps.size(); ++place) {
    const StepRecord& record = *steps[place];
    CtxAccess::BeginStep(ctx_, record.info);
    Value value = record.invoke(record, call_);
    if (value == nullptr) [[unlikely]] {
      absl::StatusOr<Value> retried = RetryStep(record);
      if (!retried.ok()) {
        finished_ = place;
        return std::move(retried).status();
      }
      value = *retried;
    }
    values[record.output] = value;
    run.MarkDone(place);
    if (run.IsStopped()) [[unlikely]] {
      finished_ = place + 1;
      return CtxAccess::Session(ctx_)->StopReason();
    }
  }
  finished_ = steps.size();
  return absl::OkStatus();
}

absl::Status Execution::RetryLeftStep(absl::Status error) {
  call_.thrown = absl::OkStatus();
  Attempts attempts(*left_, call_);
  const Value value = attempts.RunAfterFailure(std::move(error));
  if (value == nullptr) return ToStatus(attempts.failure(), core_, *plan_);
  call_.values[left_->output] = value;
  ++finished_;
  return absl::OkStatus();
}

absl::Status Execution::RunWatched(bool measured) {
  for (; finished_ < plan_->steps.size(); ++finished_) {
    const StepRecord& record = *plan_->steps[finished_];
    DurableStep durable(call_.durable, static_cast<uint32_t>(finished_));
    absl::StatusOr<Value> restored = durable.Restore(ctx_);
    if (!restored.ok()) return std::move(restored).status();
    Value value = *restored;
    if (value == nullptr) {
      std::chrono::steady_clock::time_point begin;
      if (measured) begin = std::chrono::steady_clock::now();
      absl::StatusOr<Value> made = RunWithCare(record, call_);
      if (!made.ok()) return std::move(made).status();
      value = *made;
      if (measured) RecordCost(*record.info, std::chrono::steady_clock::now() - begin);
    }
    call_.values[record.output] = value;
    if (absl::Status status = durable.Finish(ctx_); !status.ok()) {
      ++finished_;  // it lies in the frame
      return status;
    }
  }
  if (measured) DecideWhetherSideBySidePays(*plan_, Scratch());
  return absl::OkStatus();
}

absl::Status Execution::RunSideBySide() {
  LeaveGaps();
  absl::Status status = SideBySideRun(call_, Scratch()).Run();
  DecideWhetherSideBySidePays(*plan_, Scratch());
  return status;
}

uint64_t* Execution::Scratch() const {
  return reinterpret_cast<uint64_t*>(call_.frame + core_.scratch_offset());
}

Execution::AnswerPlace Execution::Answer(size_t i) const {
  const uint32_t slot = plan_->output_slots[i];
  // An answer that the caller brought is the caller's.
  bool is_movable = core_.ProducerOf(slot) != kNone;
  for (uint32_t input_slot : plan_->input_slots) is_movable &= input_slot != slot;
  return {call_.values[slot], is_movable};
}

}  // namespace protograph::internal
