#include <chrono>
#include <cstring>

#include "fmt/format.h"
#include "graph/attempts.h"
#include "graph/core.h"
#include "graph/ctx_access.h"
#include "graph/failure.h"
#include "graph/frame_cache.h"
#include "graph/side_by_side.h"
#include "protograph/internal/graph_core.h"

namespace protograph::internal {
namespace {

using Message = google::protobuf::Message;

const Message** ValuesOf(std::byte* frame) { return reinterpret_cast<const Message**>(frame); }

}  // namespace

absl::Status Execution::Run(std::span<const MessageKey> outputs,
                            std::span<const BoundInput> inputs) {
  plan_ = core_.FindPlan(outputs, inputs);
  if (plan_ == nullptr) [[unlikely]] {
    absl::StatusOr<const Plan*> plan = core_.MakePlanFor(outputs, inputs);
    if (!plan.ok()) return plan.status();
    plan_ = *plan;
  }
  FrameCache& cache = FrameCache::OfThisThread();
  const FrameCache::Frame frame = cache.Take(core_.frame_bytes());
  if (frame.memory == nullptr) [[unlikely]] {
    return absl::ResourceExhaustedError(
        fmt::format("no memory for an execution of graph {}, which needs {} bytes", core_.name(),
                    core_.frame_bytes()));
  }
  frame_ = frame.memory;
  frame_capacity_ = frame.capacity;
  const Message** values = ValuesOf(frame_);
  for (size_t i = 0; i < inputs.size(); ++i) values[plan_->input_slots[i]] = inputs[i].message;

  const CtxAccess::Restorer restorer(ctx_);
  bool measured = false;
  if (plan_->wide && core_.has_helpers()) {
    auto* scratch = reinterpret_cast<uint64_t*>(frame_ + core_.scratch_offset());
    if (plan_->side_by_side_pays.load(std::memory_order_relaxed)) [[unlikely]] {
      for (uint32_t step : plan_->steps) values[core_.records()[step].output] = nullptr;
      ran_side_by_side_ = true;
      const absl::Status status =
          SideBySideRun(core_, *plan_, ctx_, values, frame_, scratch).Run();
      DecideWhetherSideBySidePays(core_, *plan_, scratch);
      return status;
    }
    measured = cache.IsTimeToMeasure();
  }
  StepCall call{.ctx = &ctx_, .values = values, .frame = frame_, .thrown = absl::OkStatus()};
  if (measured || plan_->supervised || CtxAccess::IsSupervised(ctx_)) {
    return RunWatched(call, measured);
  }
  return RunInOrder(call);
}

// The happy path: one indirect call a step.
absl::Status Execution::RunInOrder(StepCall& call) {
  const StepRecord* const records = core_.records().data();
  const uint32_t* const steps = plan_->steps.data();
  const size_t count = plan_->steps.size();
  for (size_t i = 0; i < count; ++i) {
    const StepRecord& record = records[steps[i]];
    CtxAccess::BeginStep(ctx_, record.info);
    const Message* message = record.invoke(record, call);
    if (message == nullptr) [[unlikely]] {
      finished_ = i;
      Attempts attempts(record, call);
      message = attempts.RunAfterFailure();
      if (message == nullptr) return ToStatus(attempts.failure(), core_, *plan_);
    }
    call.values[record.output] = message;
  }
  finished_ = count;
  return absl::OkStatus();
}

absl::Status Execution::RunWatched(StepCall& call, bool measured) {
  for (; finished_ < plan_->steps.size(); ++finished_) {
    const StepRecord& record = core_.records()[plan_->steps[finished_]];
    Attempts attempts(record, call);
    std::chrono::steady_clock::time_point begin;
    if (measured) begin = std::chrono::steady_clock::now();
    const Message* message = attempts.Run();
    if (message == nullptr) return ToStatus(attempts.failure(), core_, *plan_);
    if (measured) RecordCost(*record.info, std::chrono::steady_clock::now() - begin);
    call.values[record.output] = message;
  }
  if (measured) {
    DecideWhetherSideBySidePays(
        core_, *plan_, reinterpret_cast<uint64_t*>(frame_ + core_.scratch_offset()));
  }
  return absl::OkStatus();
}

Execution::AnswerPlace Execution::Answer(size_t i) const {
  const uint32_t slot = plan_->output_slots[i];
  // An answer that the caller brought is the caller's.
  bool is_movable = core_.ProducerOf(slot) != kNone;
  for (uint32_t input_slot : plan_->input_slots) is_movable &= input_slot != slot;
  return {const_cast<Message*>(ValuesOf(frame_)[slot]), is_movable};
}

Execution::~Execution() {
  if (frame_ == nullptr) return;
  const StepRecord* const records = core_.records().data();
  for (size_t i = ran_side_by_side_ ? plan_->steps.size() : finished_; i-- > 0;) {
    const StepRecord& record = records[plan_->steps[i]];
    if (ran_side_by_side_ && ValuesOf(frame_)[record.output] == nullptr) continue;
    record.destroy(frame_ + record.place);
  }
  FrameCache::OfThisThread().GiveBack({frame_, frame_capacity_});
}

}  // namespace protograph::internal
