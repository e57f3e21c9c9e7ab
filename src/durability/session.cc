#include "durability/session.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "base/stable_bytes.h"
#include "base/uuid.h"
#include "durability/digest.h"
#include "durability/encoding.h"
#include "durability/engine_core.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/message.h"
#include "graph/message_names.h"
#include "protograph/clock.h"
#include "protograph/errors.h"
#include "protograph/random_source.h"

namespace protograph::internal {

using google::protobuf::Message;

size_t Leftovers::bytes() const {
  size_t bytes = 0;
  for (const std::shared_ptr<DetachedRun>& run : runs) bytes += run->bytes();
  return bytes;
}

Session::Session(EngineCore& engine, std::string workflow_id, std::string execution_id,
                 SessionMode mode, absl::Status error)
    : engine_(engine),
      workflow_id_(std::move(workflow_id)),
      mode_(std::move(mode)),
      error_(std::move(error)),
      execution_id_(std::move(execution_id)) {}

Session::~Session() = default;

const std::string& Session::execution_id() {
  std::call_once(id_made_, [this] {
    if (execution_id_.empty()) {
      execution_id_ = MakeUuidV7(absl::Now(), RandomSource::System());
    }
  });
  return execution_id_;
}

// ---- The executor's side ----

absl::Status Session::Begin(DurableRun& run, const ExecCtx& ctx) {
  if (!error_.ok()) return error_;
  bool is_outermost = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_outermost = !began_;
    if (!is_outermost && runs_.empty()) {
      return absl::FailedPreconditionError(
          fmt::format("the execution of workflow {} has ended: open another with "
                      "Engine::NewExecution for each call of Execute",
                      workflow_id_));
    }
    began_ = true;
    run.is_outermost = is_outermost;
    runs_.push_back({&run, nullptr});
    run.restores = restores_;
  }
  if (!is_outermost) return absl::OkStatus();
  if (absl::Status status = Prepare(run, ctx); !status.ok()) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      runs_.clear();
    }
    if (may_have_claim_) {
      engine_.checkpointer().Finish({shared_from_this(), MakeEnd(status), {}, {}});
    }
    return status;
  }
  run.restores = restores_;
  engine_.checkpointer().Register(*this);
  return absl::OkStatus();
}

void Session::End(DurableRun& run, const absl::Status& status) {
  std::shared_ptr<DetachedRun> detached;
  Leftovers leftovers;
  std::vector<Checkpoint> results;
  bool is_outermost = false;
  bool is_known_to_store = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = std::find_if(runs_.begin(), runs_.end(),
                                    [&](const LiveRun& live) { return live.run == &run; });
    is_known_to_store = started_ || may_load_ || leftovers_.attempt > 0;
    if (!status.ok() || is_known_to_store) DescribeLocked(run);
    if (!status.ok() && !is_lost()) {
      detached = std::make_shared<DetachedRun>(run, std::move(found->digests));
    }
    if (status.ok() && runs_.size() == 1 && mode_.when_busy == WhenBusy::kWait && !is_lost()) {
      results = ResultsOfLocked(*found);
    }
    runs_.erase(found);
    is_outermost = runs_.empty();
    if (detached != nullptr) {
      // The newest few: a later attempt has what it restored from an earlier one.
      constexpr size_t kMostRuns = 8;
      if (leftovers_.runs.size() == kMostRuns) leftovers_.runs.erase(leftovers_.runs.begin());
      leftovers_.runs.push_back(detached);
      restores_ = true;
    }
    if (is_outermost) {
      leftovers_.complete = !may_load_;
      leftovers_.attempt = attempt_;
      leftovers = std::move(leftovers_);
    }
  }
  if (!is_outermost) return;
  engine_.checkpointer().Unregister(*this);
  if (is_lost()) return;
  if (status.ok()) {
    if (!is_known_to_store) {
      engine_.counters().executions_elided.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    Success success = {MakeEnd(status), std::move(results)};
    if (mode_.keep_checkpoints == KeepCheckpoints::kUntilContextDestroyed) {
      const std::lock_guard<std::mutex> lock(mutex_);
      kept_ = std::move(success);
    } else {
      Finish(std::move(success));
    }
    return;
  }
  engine_.checkpointer().Finish({shared_from_this(), MakeEnd(status), leftovers.runs, {}});
  engine_.Remember(workflow_id_, std::move(leftovers));
}

void Session::GiveUpKept() {
  std::optional<Success> kept;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept = std::exchange(kept_, std::nullopt);
  }
  if (kept.has_value() && !is_lost()) Finish(*std::move(kept));
}

void Session::Finish(Success success) {
  engine_.checkpointer().Finish(
      {shared_from_this(), std::move(success.end), {}, std::move(success.results)});
}

ExecutionEnd Session::MakeEnd(const absl::Status& status) {
  ExecutionEnd end;
  end.execution_id = execution_id();
  end.workflow_id = workflow_id_;
  end.state = status.ok() ? ExecutionState::kSucceeded : ExecutionState::kFailed;
  if (!status.ok()) {
    if (const std::optional<StepFailure> failure = GetStepFailure(status); failure.has_value()) {
      end.failed_step = failure->step();
    }
    end.error = std::string(status.message());
  }
  end.ended_at = absl::Now();
  end.keeps_results = status.ok() && mode_.when_busy == WhenBusy::kWait;
  return end;
}

absl::StatusOr<Value> Session::Restore(DurableRun& run, uint32_t place, const ExecCtx& ctx) {
  const StepRecord& record = *run.plan().steps[place];
  if (record.info->output.is_many()) return nullptr;
  void* const result = run.frame() + record.place;
  return RestoreTo(run,
                   {.result = {place},
                    .construct = [&] { return record.info->layout.construct(result); },
                    .destroy = [&] { record.destroy(result); }},
                   ctx);
}

absl::StatusOr<bool> Session::RestoreItem(DurableRun& run, uint32_t place, size_t item,
                                          void* result, const ExecCtx& ctx) {
  const ItemLayout& layout = *run.plan().steps[place]->info->items->layout;
  const absl::StatusOr<const Message*> message =
      RestoreTo(run,
                {.result = {place, item},
                 .construct = [&] { return layout.set_empty(result); },
                 .destroy = [&] { layout.set_error(result, absl::DataLossError("damaged")); }},
                ctx);
  if (!message.ok()) return message.status();
  return *message != nullptr;
}

absl::StatusOr<const Message*> Session::RestoreTo(DurableRun& run, const Destination& destination,
                                                  const ExecCtx& ctx) {
  bool must_load = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const Message* message = FindRestorableLocked(run, destination);
    must_load = message == nullptr && may_load_ && !is_loaded_;
    if (!must_load) return message;
  }
  if (absl::Status status = Load(ctx); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  return FindRestorableLocked(run, destination);
}

absl::Status Session::Commit(DurableRun& run, uint32_t place, const ExecCtx& ctx) {
  absl::Status status = engine_.checkpointer().Commit(shared_from_this(), ctx);
  if (status.ok()) return status;
  if (is_lost()) return StopReason();
  const std::string& step = run.plan().steps[place]->info->name;
  return absl::Status(
      status.code(),
      fmt::format("step {} has Durability::kSync and its checkpoint was not committed: {}", step,
                  std::string(status.message())));
}

absl::Status Session::StopReason() const {
  return absl::AbortedError(
      fmt::format("workflow {} belongs to another execution: wait for that one, or look at "
                  "Store::Executions for who runs it",
                  workflow_id_));
}

std::string Session::IdempotencyKey(const StepInfo& step, const StepCall& call) {
  std::vector<Digest> inputs;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const LiveRun* of_call = nullptr;
    for (const LiveRun& live : runs_) {
      if (live.run == call.durable) of_call = &live;
    }
    const RunDigests* const digests = of_call == nullptr ? nullptr : of_call->digests.get();
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      const uint32_t slot = step.input_slots[i];
      if (i == 0 && call.item != nullptr) {
        inputs.push_back(digests != nullptr ? digests->OfItem(*of_call->run, slot, call.item_index)
                                            : DigestOf(StableBytes(*call.item)));
        continue;
      }
      // What was restored has the digest of its stored bytes, which are those of the earlier try.
      inputs.push_back(digests != nullptr && digests->IsKnown(slot)
                           ? digests->Get(slot)
                           : DigestOf(step.inputs[i], call.values[slot]));
    }
  }
  const std::string& scope = mode_.idempotency_scope;
  return ToHex(InputHash(scope.empty() ? workflow_id_ : scope, step, inputs));
}

// ---- The checkpointer's side ----

size_t Session::Collect(Part part, size_t most_bytes, StoreWrite& write) {
  // For so long the executor may have to wait for the lock.
  constexpr size_t kBytesUnderLock = size_t{64} << 10;
  size_t bytes = 0;
  ResultPlace from;
  const DurableRun* current = nullptr;
  std::unique_lock<std::mutex> lock(mutex_);
  for (size_t i = 0; i < runs_.size();) {
    LiveRun& live = runs_[i];
    if (live.run != current) {
      current = live.run;
      from = {};
    }
    size_t under_lock = 0;
    bool is_at_end = false;
    while (under_lock < kBytesUnderLock && bytes < most_bytes) {
      RunDigests& digests = DigestsLocked(live);
      const std::optional<ResultPlace> next = digests.NextToCollect(*live.run, from);
      if (!next.has_value()) {
        is_at_end = true;
        break;
      }
      from = RunDigests::After(*next);
      const StepInfo& step = *live.run->plan().steps[next->place]->info;
      if (part == Part::kAsync && step.options.durability == Durability::kSync) continue;
      size_t size = 0;
      Checkpoint checkpoint =
          digests.Collect(*live.run, *next, engine_.options().compress_from, size);
      under_lock += size + sizeof(CheckpointWrite);
      const size_t appended = checkpoint.payload.size() + sizeof(CheckpointWrite);
      if (AppendLocked(step, size, std::move(checkpoint), write)) bytes += appended;
    }
    if (bytes >= most_bytes) break;
    if (is_at_end) {
      ++i;
    } else {
      // The run may end here, and its place in the list be another's.
      lock.unlock();
      lock.lock();
    }
  }
  return bytes;
}

size_t Session::CollectDetached(const std::vector<std::shared_ptr<DetachedRun>>& runs,
                                StoreWrite& write) {
  size_t bytes = 0;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::shared_ptr<DetachedRun>& run : runs) {
    const std::lock_guard<std::mutex> run_lock(run->mutex());
    ResultPlace from;
    while (const std::optional<ResultPlace> next =
               run->digests().NextToCollect(run->view(), from)) {
      from = RunDigests::After(*next);
      size_t size = 0;
      Checkpoint checkpoint =
          run->digests().Collect(run->view(), *next, engine_.options().compress_from, size);
      const size_t appended = checkpoint.payload.size() + sizeof(CheckpointWrite);
      const StepInfo& step = *run->view().plan().steps[next->place]->info;
      if (AppendLocked(step, size, std::move(checkpoint), write)) bytes += appended;
    }
  }
  return bytes;
}

void Session::AppendStart(StoreWrite& write) {
  const std::lock_guard<std::mutex> lock(mutex_);
  AppendStartLocked(write);
}

bool Session::is_started() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return started_;
}

void Session::Lose() {
  const std::lock_guard<std::mutex> lock(mutex_);
  lost_.store(true, std::memory_order_relaxed);
  for (const LiveRun& live : runs_) live.run->Stop();
}

// ---- Both ----

Session::LiveRun* Session::FindLocked(const DurableRun& run) {
  for (LiveRun& live : runs_) {
    if (live.run == &run) return &live;
  }
  return nullptr;
}

RunDigests& Session::DigestsLocked(LiveRun& live) {
  if (live.digests == nullptr) live.digests = std::make_unique<RunDigests>(*live.run);
  return *live.digests;
}

void Session::DescribeLocked(const RunView& run) {
  if (!graph_.empty() || !fingerprint_.empty()) return;
  graph_ = run.core().name();
  fingerprint_ = run.core().fingerprint();
  std::vector<std::string> outputs;
  for (TypeKey output : run.plan().outputs) {
    outputs.push_back(FullName(output));
  }
  output_type_ = fmt::format("{}", fmt::join(outputs, ", "));
}

void Session::AppendStartLocked(StoreWrite& write) {
  if (started_) return;
  started_ = true;
  RepeatStartLocked(write);
}

void Session::RepeatStart(StoreWrite& write) {
  const std::lock_guard<std::mutex> lock(mutex_);
  RepeatStartLocked(write);
}

void Session::RepeatStartLocked(StoreWrite& write) {
  if (!runs_.empty()) DescribeLocked(*runs_.front().run);
  write.starts.push_back({.execution_id = execution_id(),
                          .workflow_id = workflow_id_,
                          .owner_id = engine_.owner_id(),
                          .graph = graph_,
                          .fingerprint = fingerprint_,
                          .output_type = output_type_,
                          .attempt = attempt_,
                          .started_at = began_at});
}

bool Session::AppendLocked(const StepInfo& step, size_t size, Checkpoint checkpoint,
                           StoreWrite& write) {
  if (step.options.durability == Durability::kNone) return false;
  if (size > engine_.options().largest_checkpoint) {
    engine_.counters().checkpoints_dropped.fetch_add(1, std::memory_order_relaxed);
    engine_.log().Warn(LimitedLog::Kind::kDropped,
                       fmt::format("step {} made a {} of {} bytes, which is larger than "
                                   "EngineOptions::largest_checkpoint: it gets no checkpoint",
                                   step.name, checkpoint.output_type, size));
    return false;
  }
  AppendStartLocked(write);
  checkpoint.workflow_id = workflow_id_;
  write.checkpoints.push_back({execution_id(), std::move(checkpoint)});
  return true;
}

}  // namespace protograph::internal
