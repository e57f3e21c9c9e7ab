#include "jobs/batch_runner.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "durability/digest.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "graph/ctx_access.h"
#include "protograph/step_options.h"

namespace protograph::internal {

using google::protobuf::Message;

namespace {

// Of whose batches a process remembers what they share.
constexpr size_t kMostFanOuts = 4;

}  // namespace

absl::Status BatchRun::Execute(ExecCtx& ctx, RanBatch& ran) {
  ran_ = &ran;
  CtxAccess::SetReporter(ctx, this);
  absl::Status status = call_.Execute(ctx, items_, shared_->values());
  CtxAccess::SetReporter(ctx, nullptr);
  return status;
}

void BatchRun::Report(const ItemsOfGroup& items, std::span<const FailureOfStage> failures) {
  absl::flat_hash_map<size_t, std::vector<const FailureOfStage*>> failures_of;
  for (const FailureOfStage& failure : failures) failures_of[failure.item].push_back(&failure);
  // The stages whose results are wanted; the graph may have them in another order than the
  // parent's.
  std::vector<size_t> wanted;
  for (const std::string& output : batch_.output_types()) {
    for (size_t stage = 0; stage < items.stage_count(); ++stage) {
      if (items.step(stage).output_name == output) wanted.push_back(stage);
    }
  }
  for (size_t i = 0; i < items.size(); ++i) {
    ItemOfBatch made;
    const auto found = failures_of.find(i);
    const bool has_failed = found != failures_of.end();
    if (has_failed) {
      ++ran_->failed;
      for (const FailureOfStage* failure : found->second) {
        const StepInfo& step = items.step(failure->stage);
        FailureOfItem& stored = *made.add_failures();
        stored.set_step(step.name);
        stored.set_attempts(failure->failed.attempts);
        stored.set_gave_up(failure->failed.gave_up);
        *stored.mutable_error() = ToStored(failure->failed.last_error);
        ran_->is_decided |= step.options.items.when_item_fails == WhenItemFails::kFailFast;
      }
    }
    bool is_over = true;
    for (const size_t stage : wanted) {
      OutputOfItem& output = *made.add_outputs();
      if (const Message* const message = items.Made(i, stage); message != nullptr) {
        message->SerializeToString(output.mutable_message());
      } else {
        is_over &= has_failed;
      }
    }
    if (!is_over) continue;
    ++ran_->done;
    const Digest digest = DigestOf(batch_.items(static_cast<int>(i)));
    made.set_digest_high(digest.high);
    made.set_digest_low(digest.low);
    ran_->results.add_items()->Swap(&made);
  }
}

absl::StatusOr<BatchRunner::FanOutParts> BatchRunner::PartsOf(const GraphCore& core,
                                                              const BatchOfItems& batch,
                                                              const ExecCtx& ctx) {
  const std::string name =
      fmt::format("{} {} {} {}", core.name(), batch.parent(), batch.key(), batch.term());
  // Batches of one fan-out come at the same time: one asks, and the others wait for it.
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const FanOutParts& parts : fan_outs_) {
    if (parts.name == name) return parts;
  }
  absl::StatusOr<FanOutRecord> record;
  const absl::Status status = engine_.Insist(ctx, "what a job's items share cannot be read", [&] {
    record = items_.Find(batch.parent(), batch.key());
    return record.status();
  });
  if (!status.ok()) return status;
  absl::StatusOr<std::shared_ptr<const SharedValues>> shared =
      SharedValues::Make(core, record->shared_inputs);
  if (!shared.ok()) return shared.status();
  if (fan_outs_.size() == kMostFanOuts) fan_outs_.erase(fan_outs_.begin());
  return fan_outs_.emplace_back(
      FanOutParts{name, *std::move(shared), clock_.Now() + record->timeout});
}

absl::StatusOr<const ItemsCall*> BatchRunner::CallOf(const Graph& graph, const BatchOfItems& batch,
                                                     const SharedValues& shared) {
  const std::vector<std::string> outputs(batch.output_types().begin(), batch.output_types().end());
  std::string key =
      fmt::format("{}\n{}\n{}\n{}", GraphAccess::Core(graph).name(), batch.input_type(),
                  fmt::join(outputs, " "), fmt::join(shared.types(), " "));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = calls_.find(key); found != calls_.end()) return found->second.get();
  absl::StatusOr<std::unique_ptr<ItemsCall>> call =
      ItemsCall::Make(graph, outputs, batch.input_type(), shared.types());
  if (!call.ok()) return call.status();
  return calls_.try_emplace(std::move(key), *std::move(call)).first->second.get();
}

absl::StatusOr<std::unique_ptr<BatchRun>> BatchRunner::Prepare(const Graph& graph,
                                                               const BatchOfItems& batch,
                                                               const ExecCtx& ctx) {
  absl::StatusOr<FanOutParts> parts = PartsOf(GraphAccess::Core(graph), batch, ctx);
  if (!parts.ok()) return parts.status();
  const absl::StatusOr<const ItemsCall*> call = CallOf(graph, batch, *parts->shared);
  if (!call.ok()) return call.status();
  ManyBase items = (*call)->NewItems();
  items.Reserve(static_cast<size_t>(batch.items_size()));
  for (const std::string& item : batch.items()) {
    if (AppendItem(items, item)) continue;
    return absl::InvalidArgumentError(
        fmt::format("an item of {} is no such message: it was damaged, or the message was changed "
                    "incompatibly since the job was made",
                    batch.input_type()));
  }
  std::unique_ptr<BatchRun> run(new BatchRun(batch, **call, std::move(items)));
  run->shared_ = std::move(parts->shared);
  run->deadline_ = parts->deadline;
  return run;
}

}  // namespace protograph::internal
