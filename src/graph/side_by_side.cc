#include "graph/side_by_side.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "graph/attempts.h"
#include "graph/checkpoint_session.h"
#include "graph/ctx_access.h"
#include "graph/failure.h"

namespace protograph::internal {
namespace {

uint32_t* Words(uint64_t* scratch) { return reinterpret_cast<uint32_t*>(scratch); }

}  // namespace

void RecordCost(const StepInfo& step, std::chrono::steady_clock::duration cost) {
  const int64_t ns = std::chrono::duration_cast<std::chrono::nanoseconds>(cost).count();
  const int64_t now = std::clamp<int64_t>(ns, 1, std::numeric_limits<uint32_t>::max());
  const int64_t before = step.cost_ns.load(std::memory_order_relaxed);
  // Exponential smoothing. Concurrent executions may lose a measurement to each other: there are
  // enough.
  const int64_t after = before == 0 ? now : before + (now - before) / 4;
  step.cost_ns.store(static_cast<uint32_t>(std::max<int64_t>(after, 1)), std::memory_order_relaxed);
}

void DecideWhetherSideBySidePays(const Plan& plan, uint64_t* scratch) {
  if (plan.always_side_by_side) return;
  // When each step would end at the earliest, by place in the plan.
  uint64_t* const end = scratch;
  std::fill_n(end, plan.steps.size(), 0);
  uint64_t total = 0;
  uint64_t critical = 0;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const StepInfo& step = *plan.steps[i]->info;
    uint64_t cost = 0;
    if (step.options.concurrency != Concurrency::kNever) {
      cost = step.cost_ns.load(std::memory_order_relaxed);
      // Never run to its end, as the executions so far have failed: that says nothing.
      if (cost == 0) return;
    }
    end[i] += cost;
    total += cost;
    critical = std::max(critical, end[i]);
    for (uint32_t k = plan.successors_begin[i]; k < plan.successors_begin[i + 1]; ++k) {
      uint64_t& start = end[plan.successors[k]];
      start = std::max(start, end[i]);
    }
  }
  const std::chrono::nanoseconds least = kWorthwhile + plan.steps.size() * kHandingOver;
  const bool pays = total - critical >= static_cast<uint64_t>(least.count());
  plan.mode.store(pays ? Plan::Mode::kSideBySide : Plan::Mode::kInOrder, std::memory_order_relaxed);
}

SideBySideRun::SideBySideRun(const StepCall& call, uint64_t* scratch)
    : HelpRequest(call.core->pool()),
      call_(call),
      plan_(*call.plan),
      waits_for_(Words(scratch)),
      ready_(Words(scratch) + plan_.steps.size()) {
  std::copy(plan_.waits_for.begin(), plan_.waits_for.end(), waits_for_);
  for (uint32_t place = 0; place < plan_.steps.size(); ++place) {
    if (waits_for_[place] == 0) ready_[ready_end_++] = place;
  }
}

absl::Status SideBySideRun::Run() {
  // Siblings stop when one fails, and when the caller's own token says so.
  const std::stop_callback forward(call_.ctx->stop_token(),
                                   [this] { stop_siblings_.request_stop(); });
  if (ready_end_ > 1) Ask(ready_end_ - 1);
  Work(/*is_caller=*/true);
  Withdraw();
  return failure_;
}

void SideBySideRun::Work(bool is_caller) {
  ExecCtx ctx = CtxAccess::Branch(*call_.ctx, stop_siblings_.get_token());
  StepCall call = call_;
  call.ctx = &ctx;
  CtxAccess::BeginCall(ctx, &call);
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    if (!HasWork()) {
      if (!is_caller || IsOver()) break;
      caller_waits_ = true;
      changed_.wait(lock);
      caller_waits_ = false;
      continue;
    }
    const uint32_t place = ready_[ready_begin_++];
    ++running_;
    lock.unlock();
    const bool succeeded = RunStep(place, call);
    lock.lock();
    --running_;
    size_t became_ready = 0;
    if (succeeded) {
      for (uint32_t k = plan_.successors_begin[place]; k < plan_.successors_begin[place + 1]; ++k) {
        if (--waits_for_[plan_.successors[k]] > 0) continue;
        ready_[ready_end_++] = plan_.successors[k];
        ++became_ready;
      }
    }
    // This thread takes one of them, the caller one if it waits, helpers the rest.
    if (caller_waits_ && (became_ready > 1 || IsOver())) {
      caller_waits_ = false;
      changed_.notify_one();
      if (became_ready > 0) --became_ready;
    }
    if (became_ready > 1) {
      lock.unlock();
      Ask(became_ready - 1);
      lock.lock();
    }
  }
}

bool SideBySideRun::RunStep(uint32_t place, StepCall& call) {
  const StepRecord& record = *plan_.steps[place];
  DurableStep durable(call.durable, place);
  absl::StatusOr<Value> restored = durable.Restore(*call.ctx);
  if (!restored.ok()) {
    Fail(std::move(restored).status());
    return false;
  }
  Value value = *restored;
  if (value == nullptr) {
    const auto begin = std::chrono::steady_clock::now();
    absl::StatusOr<Value> made = RunWithCare(record, call);
    if (!made.ok()) {
      Fail(std::move(made).status());
      return false;
    }
    value = *made;
    RecordCost(*record.info, std::chrono::steady_clock::now() - begin);
  }
  call.values[record.output] = value;
  if (absl::Status status = durable.Finish(*call.ctx); !status.ok()) {
    Fail(std::move(status));
    return false;
  }
  return true;
}

void SideBySideRun::Fail(absl::Status status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure_.ok()) failure_ = std::move(status);
  }
  stop_siblings_.request_stop();
}

}  // namespace protograph::internal
