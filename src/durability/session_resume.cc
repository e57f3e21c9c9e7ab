// How a session claims its workflow and finds what earlier executions of it have left.

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "base/stable_bytes.h"
#include "durability/digest.h"
#include "durability/encoding.h"
#include "durability/engine_core.h"
#include "durability/session.h"
#include "fmt/format.h"
#include "google/protobuf/message.h"
#include "graph/message_names.h"
#include "protograph/clock.h"
#include "protograph/random_source.h"

namespace protograph::internal {

using google::protobuf::Message;

namespace {

// Between two questions whether a workflow that is busy has become free.
constexpr absl::Duration kShortestWait = absl::Milliseconds(10);
constexpr absl::Duration kLongestWait = absl::Milliseconds(500);

}  // namespace

absl::Status Session::Prepare(DurableRun& run, const ExecCtx& ctx) {
  const bool must_ask = mode_.resume != Resume::kNever && FindLeftovers();
  if (!must_ask && mode_.when_busy == WhenBusy::kContend) return absl::OkStatus();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    began_at = absl::Now();
  }
  if (absl::Status status = Claim(ctx); !status.ok()) return status;
  if (mode_.resume == Resume::kNever) return absl::OkStatus();
  if (!has_waited_ && (mode_.resume != Resume::kAlways || !may_load_)) return absl::OkStatus();
  // Whoever had the workflow may have done it all, or a part.
  may_load_ = restores_ = true;
  if (absl::Status status = Load(ctx); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  run.is_answered = TakeResultsLocked(run);
  return absl::OkStatus();
}

bool Session::FindLeftovers() {
  std::optional<Leftovers> left = engine_.TakeLeftovers(workflow_id_);
  std::optional<EngineCore::Known> known;
  if (!left.has_value()) {
    known = engine_.TakeResumable(workflow_id_);
    if (!known.has_value() && mode_.resume != Resume::kAlways) return false;
  }
  const bool must_ask = !left.has_value();
  if ((left.has_value() && mode_.when_busy != WhenBusy::kContend) ||
      (known.has_value() && known->is_ours)) {
    // Its end must be in the store before the workflow can be claimed again. Where it does not get
    // there in time the claim says so.
    engine_.checkpointer().Flush(engine_.options().commit_timeout).IgnoreError();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  restores_ = true;
  if (left.has_value()) {
    attempt_ = left->attempt + 1;
    may_load_ = !left->complete;
    leftovers_ = *std::move(left);
  } else {
    attempt_ = (known.has_value() ? known->attempt : 0) + 1;
    may_load_ = true;
  }
  return must_ask;
}

// Of several processes that want a workflow, one goes on.
absl::Status Session::Claim(const ExecCtx& ctx) {
  StoreWrite write;
  write.synchronous = true;
  AppendStart(write);
  absl::Duration wait = kShortestWait;
  while (true) {
    StoreWriteResult result;
    const auto claim = [&]() -> absl::Status {
      absl::StatusOr<StoreWriteResult> written = engine_.store().Write(write);
      if (!written.ok()) return written.status();
      result = *std::move(written);
      return absl::OkStatus();
    };
    may_have_claim_ = true;
    absl::Status status = engine_.Insist(
        ctx, fmt::format("workflow {} is claimed, which needs the store", workflow_id_), claim);
    if (!status.ok()) return status;
    if (result.refused.empty()) return absl::OkStatus();
    may_have_claim_ = false;
    if (mode_.when_busy != WhenBusy::kWait) break;
    has_waited_ = true;
    // By the machine's clock, as the store's time passes by no other.
    Clock::System().SleepUntil(std::min(absl::Now() + wait, ctx.deadline()), ctx.stop_token());
    if (absl::Status alive = ctx.CheckAlive(); !alive.ok()) {
      return absl::Status(alive.code(),
                          fmt::format("{}; it waited for workflow {}, which another execution has",
                                      std::string(alive.message()), workflow_id_));
    }
    wait = std::min(wait * 2, kLongestWait) * (0.75 + 0.25 * UniformDouble(RandomSource::System()));
  }
  engine_.counters().executions_lost.fetch_add(1, std::memory_order_relaxed);
  Lose();
  return Busy();
}

absl::Status Session::Busy() {
  std::string holder = "another execution";
  const absl::StatusOr<std::vector<ExecutionRecord>> last =
      engine_.store().Executions(workflow_id_, 1);
  if (last.ok() && !last->empty() && last->front().state == ExecutionState::kRunning) {
    const ExecutionRecord& record = last->front();
    holder = fmt::format("execution {} of graph {}, by owner {} since {}", record.execution_id,
                         record.graph, record.owner_id, absl::FormatTime(record.started_at));
  }
  return absl::AbortedError(
      fmt::format("workflow {} belongs to {}: wait for it, with WhenBusy::kWait, or give different "
                  "work different ids",
                  workflow_id_, holder));
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

const Message* Session::FindRestorableLocked(DurableRun& run, const Destination& destination) {
  LiveRun& live = *FindLocked(run);
  const Digest input_hash = DigestsLocked(live).InputHashOf(run, destination.result);
  const Message* message = FromLeftoversLocked(live, destination, input_hash);
  if (message == nullptr) message = FromLoadedLocked(live, destination, input_hash);
  if (message != nullptr) {
    engine_.counters().steps_restored.fetch_add(1, std::memory_order_relaxed);
  }
  return message;
}

const Message* Session::FromLeftoversLocked(LiveRun& live, const Destination& destination,
                                            const Digest& input_hash) {
  const StepRecord& record = *live.run->plan().steps[destination.result.place];
  // The newest first.
  for (size_t i = leftovers_.runs.size(); i-- > 0;) {
    const DetachedRun::Found found = leftovers_.runs[i]->Find(record, input_hash);
    if (found.message == nullptr) continue;
    Message* const message = destination.construct();
    message->CopyFrom(*found.message);
    if (found.digest.has_value()) {
      live.digests->SetDigest(*live.run, destination.result, *found.digest);
    }
    if (found.is_collected) live.digests->SetCollected(*live.run, destination.result);
    return message;
  }
  return nullptr;
}

const Message* Session::FromLoadedLocked(LiveRun& live, const Destination& destination,
                                         const Digest& key) {
  const StepRecord& record = *live.run->plan().steps[destination.result.place];
  const auto found = loaded_.find(std::make_pair(FullName(record.info->output.item()), key));
  if (found == loaded_.end()) return nullptr;
  const Checkpoint& checkpoint = found->second;
  absl::StatusOr<std::string> bytes = Decode(checkpoint, engine_.options().largest_checkpoint);
  if (bytes.ok()) {
    Message* const message = destination.construct();
    if (message->ParseFromString(*bytes)) {
      // The digest is that of the stored bytes: what this build would make of the message may
      // differ.
      live.digests->SetDigest(*live.run, destination.result, checkpoint.digest);
      live.digests->SetCollected(*live.run, destination.result);
      return message;
    }
    destination.destroy();
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

std::vector<Checkpoint> Session::ResultsOfLocked(LiveRun& live) {
  std::vector<Checkpoint> results;
  if (live.run->is_answered) return results;  // they are in the store already
  RunDigests& digests = DigestsLocked(live);
  const Digest key = digests.ResultHashOf(*live.run);
  const Plan& plan = live.run->plan();
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    if (plan.outputs[i].is_many()) return {};  // it has no checkpoint
    std::string bytes = StableBytes(MessageAt(live.run->value(plan.output_slots[i])));
    Checkpoint result{.workflow_id = workflow_id_,
                      .output_type = FullName(plan.outputs[i]),
                      .input_hash = key,
                      .step = "",
                      .encoding = Encoding::kPlain,
                      .payload = "",
                      .digest = DigestOf(bytes)};
    if (bytes.size() > engine_.options().largest_checkpoint) {
      engine_.counters().checkpoints_dropped.fetch_add(1, std::memory_order_relaxed);
      return {};  // one is of no use without the others
    }
    Encode(std::move(bytes), engine_.options().compress_from, result);
    results.push_back(std::move(result));
  }
  return results;
}

bool Session::TakeResultsLocked(DurableRun& run) {
  LiveRun& live = *FindLocked(run);
  const Digest key = DigestsLocked(live).ResultHashOf(run);
  const Plan& plan = run.plan();
  std::vector<uint32_t> taken;
  for (const uint32_t slot : plan.output_slots) {
    if (run.core().slot_type(slot).is_many()) return false;
  }
  for (const uint32_t slot : plan.output_slots) {
    const auto producer =
        std::find_if(plan.steps.begin(), plan.steps.end(),
                     [&](const StepRecord* record) { return record->output == slot; });
    if (producer == plan.steps.end()) continue;  // it is an input
    const auto place = static_cast<uint32_t>(producer - plan.steps.begin());
    void* const result = run.frame() + (*producer)->place;
    const Message* const message =
        FromLoadedLocked(live,
                         {.result = {place},
                          .construct = [&] { return (*producer)->info->layout.construct(result); },
                          .destroy = [&] { (*producer)->destroy(result); }},
                         key);
    if (message == nullptr) {
      for (const uint32_t done : taken) {
        const StepRecord& record = *plan.steps[done];
        record.destroy(run.frame() + record.place);
        live.digests = nullptr;
      }
      return false;
    }
    run.SetValue(slot, message);
    taken.push_back(place);
  }
  for (const uint32_t place : taken) run.MarkDone(place);
  engine_.counters().results_taken.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace protograph::internal
