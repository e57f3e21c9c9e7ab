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
constexpr size_t kMostFanOuts = 8;

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
  for (size_t i = 0; i < items.size(); ++i) {
    ItemOfBatch made;
    bool is_over = true;
    if (const auto found = failures_of.find(i); found != failures_of.end()) {
      for (const FailureOfStage* failure : found->second) {
        FailureOfItem& stored = *made.add_failures();
        stored.set_stage(static_cast<int>(failure->stage));
        stored.set_attempts(failure->failed.attempts);
        stored.set_gave_up(failure->failed.gave_up);
        *stored.mutable_error() = ToStored(failure->failed.last_error);
        ran_->is_decided |=
            items.step(failure->stage).options.items.when_item_fails == WhenItemFails::kFailFast;
      }
      ++ran_->failed;
    }
    for (size_t stage = 0; stage < items.stage_count(); ++stage) {
      if (!items.is_kept(stage)) continue;
      OutputOfItem& output = *made.add_outputs();
      if (const Message* const message = items.Made(i, stage); message != nullptr) {
        message->SerializeToString(output.mutable_message());
      } else {
        is_over &= made.failures_size() > 0;
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
                                                              const BatchOfItems& batch) {
  const std::string name =
      fmt::format("{} {} {} {}", core.name(), batch.parent(), batch.key(), batch.attempt());
  // Batches of one fan-out come at the same time: one asks, and the others wait for it.
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const FanOutParts& parts : fan_outs_) {
    if (parts.name == name) return parts;
  }
  absl::StatusOr<FanOutRecord> record = items_.Find(batch.parent(), batch.key());
  if (!record.ok()) return record.status();
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
                                                               const BatchOfItems& batch) {
  absl::StatusOr<FanOutParts> parts = PartsOf(GraphAccess::Core(graph), batch);
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
