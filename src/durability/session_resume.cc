// How a session finds what earlier executions of its workflow have left.

#include <utility>

#include "absl/status/statusor.h"
#include "durability/digest.h"
#include "durability/encoding.h"
#include "durability/engine_core.h"
#include "durability/session.h"
#include "fmt/format.h"
#include "google/protobuf/message.h"

namespace protograph::internal {

using google::protobuf::Message;

absl::Status Session::PrepareResume(const ExecCtx& ctx) {
  if (resume_ == Resume::kNever) return absl::OkStatus();
  if (std::optional<Leftovers> left = engine_.TakeLeftovers(workflow_id_); left.has_value()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    attempt_ = left->attempt + 1;
    may_load_ = !left->complete;
    leftovers_ = *std::move(left);
    restores_ = true;
    return absl::OkStatus();
  }
  const std::optional<EngineCore::Known> known = engine_.TakeResumable(workflow_id_);
  if (!known.has_value() && resume_ != Resume::kAlways) return absl::OkStatus();
  if (known.has_value() && known->is_ours) {
    // Its end must be in the store before the workflow can be claimed again. Where it does not get
    // there in time the claim says so.
    engine_.checkpointer().Flush(engine_.options().commit_timeout).IgnoreError();
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    attempt_ = (known.has_value() ? known->attempt : 0) + 1;
    may_load_ = true;
    restores_ = true;
    began_at = absl::Now();
  }
  return ClaimNow(ctx);
}

// Of several processes that resume a workflow, one goes on.
absl::Status Session::ClaimNow(const ExecCtx& ctx) {
  StoreWrite write;
  AppendStart(write);
  StoreWriteResult result;
  const auto claim = [&] {
    absl::StatusOr<StoreWriteResult> written = engine_.store().Write(write);
    if (written.ok()) result = *std::move(written);
    return written.status();
  };
  absl::Status status = engine_.Insist(
      ctx, fmt::format("workflow {} is resumed, which needs the store", workflow_id_), claim);
  if (!status.ok()) return status;
  if (result.refused.empty()) return absl::OkStatus();
  engine_.counters().executions_lost.fetch_add(1, std::memory_order_relaxed);
  Lose();
  return StopReason();
}

absl::Status Session::Load(const ExecCtx& ctx) {
  const std::lock_guard<std::mutex> load_lock(load_mutex_);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_loaded_) return absl::OkStatus();
  }
  absl::StatusOr<std::vector<Checkpoint>> checkpoints;
  const auto load = [&] {
    checkpoints = engine_.store().Load(workflow_id_);
    return checkpoints.status();
  };
  absl::Status status = engine_.Insist(
      ctx, fmt::format("workflow {} is resumed, which needs the store", workflow_id_), load);
  if (!status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Checkpoint& checkpoint : *checkpoints) {
    auto key = std::make_pair(checkpoint.output_type, checkpoint.input_hash);
    loaded_.insert_or_assign(std::move(key), std::move(checkpoint));
  }
  is_loaded_ = true;
  return absl::OkStatus();
}

const Message* Session::FindRestorableLocked(DurableRun& run, uint32_t place) {
  LiveRun& live = *FindLocked(run);
  const Digest input_hash = DigestsLocked(live).InputHashOf(run, place);
  const Message* message = FromLeftoversLocked(live, place, input_hash);
  if (message == nullptr) message = FromLoadedLocked(live, place, input_hash);
  if (message != nullptr) {
    engine_.counters().steps_restored.fetch_add(1, std::memory_order_relaxed);
  }
  return message;
}

const Message* Session::FromLeftoversLocked(LiveRun& live, uint32_t place,
                                            const Digest& input_hash) {
  const StepRecord& record = *live.run->plan().steps[place];
  // The newest first.
  for (auto run = leftovers_.runs.rbegin(); run != leftovers_.runs.rend(); ++run) {
    const DetachedRun::Found found = (*run)->Find(record, input_hash);
    if (found.message == nullptr) continue;
    Message* const message = record.info->layout.construct(live.run->frame() + record.place);
    message->CopyFrom(*found.message);
    if (found.digest.has_value()) live.digests->Set(record.output, *found.digest);
    return message;
  }
  return nullptr;
}

const Message* Session::FromLoadedLocked(LiveRun& live, uint32_t place, const Digest& input_hash) {
  const StepRecord& record = *live.run->plan().steps[place];
  const auto found =
      loaded_.find(std::make_pair(record.info->output->GetDescriptor()->full_name(), input_hash));
  if (found == loaded_.end()) return nullptr;
  const Checkpoint& checkpoint = found->second;
  absl::StatusOr<std::string> bytes = Decode(checkpoint, engine_.options().largest_checkpoint);
  if (bytes.ok()) {
    Message* const message = record.info->layout.construct(live.run->frame() + record.place);
    if (message->ParseFromString(*bytes)) {
      // The digest is that of the stored bytes: what this build would make of the message may
      // differ.
      live.digests->Set(record.output, checkpoint.digest);
      live.digests->SetCollected(place);
      return message;
    }
    record.destroy(live.run->frame() + record.place);
    bytes = absl::DataLossError("it is no such message");
  }
  engine_.counters().checkpoints_damaged.fetch_add(1, std::memory_order_relaxed);
  engine_.log().Warn(
      LimitedLog::Kind::kDamaged,
      fmt::format("the checkpoint of step {} ({}) of workflow {} is damaged, and the step runs "
                  "again: {}",
                  record.info->name, checkpoint.output_type, workflow_id_,
                  std::string(bytes.status().message())));
  loaded_.erase(found);
  return nullptr;
}

}  // namespace protograph::internal
