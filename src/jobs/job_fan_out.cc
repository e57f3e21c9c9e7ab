#include "jobs/job_fan_out.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/clock.h"
#include "base/stable_bytes.h"
#include "base/uuid.h"
#include "durability/digest.h"
#include "fmt/format.h"
#include "graph/message_names.h"
#include "jobs/stored_values.h"
#include "jobs/submissions.h"
#include "protograph/exec_ctx.h"
#include "protograph/job.pb.h"

namespace protograph::internal {

namespace {

// As ItemOptions::batch says.
constexpr size_t kBatches = 256;
constexpr size_t kLargestBatch = 500;
constexpr size_t kMostBatchBytes = size_t{4} << 20;
// What goes to the store with one call.
constexpr size_t kMostBytesAtOnce = size_t{16} << 20;
// Batches whose results are read at once.
constexpr int kPage = 16;

}  // namespace

// The items of a group, and which of them are which.
class JobFanOut::Collection {
 public:
  explicit Collection(ItemsOfGroup& items) : items_(items) {}

  const ItemsOfGroup& items() const { return items_; }

  // What the steps take beside items: slots, each once.
  std::vector<std::pair<TypeKey, uint32_t>> SharedSlots() const {
    std::vector<std::pair<TypeKey, uint32_t>> slots;
    for (size_t stage = 0; stage < items_.stage_count(); ++stage) {
      const StepInfo& step = items_.step(stage);
      for (size_t k = 1; k < step.inputs.size(); ++k) {
        const std::pair<TypeKey, uint32_t> slot = {step.inputs[k], step.input_slots[k]};
        if (std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
      }
    }
    return slots;
  }

  // Of what is made of an item, beside the item.
  std::string Key() const {
    std::string text = items_.core().name();
    for (size_t stage = 0; stage < items_.stage_count(); ++stage) {
      const StepInfo& step = items_.step(stage);
      text += fmt::format("\n{} {} {}", step.name, step.options.version,
                          items_.is_kept(stage) ? "kept" : "");
    }
    for (const auto& [type, slot] : SharedSlots()) {
      text += fmt::format("\n{} {}", FullName(type), ToHex(DigestOf(type, items_.value(slot))));
    }
    return ToHex(DigestOf(text));
  }

  // Answers what a batch has made. What has failed waits for TakeFailures: another batch may have
  // made it since.
  void Take(const BatchResults& results, bool with_failures) {
    if (by_digest_.empty()) {
      for (size_t item = items_.size(); item-- > 0;) {
        // The smallest numbers come out first.
        if (items_.IsWanted(item)) {
          by_digest_[DigestOf(StableBytes(*items_.input().message(item)))].push_back(item);
        }
      }
    }
    for (const ItemOfBatch& made : results.items()) {
      if (made.failures_size() == 0) {
        Answer(made);
      } else if (with_failures) {
        failures_.push_back(made);
      }
    }
  }
  void TakeFailures() {
    for (const ItemOfBatch& failed : failures_) Answer(failed);
    failures_.clear();
  }

  bool IsMissing(size_t item) const { return items_.IsWanted(item) && !answered_.contains(item); }

  // Those that have no answer have failed with this.
  void FailMissing(const absl::Status& error) {
    for (size_t item = 0; item < items_.size(); ++item) {
      if (!IsMissing(item)) continue;
      FailureOfStage failure = {.item = item, .stage = 0, .failed = {}};
      failure.failed.attempts = 1;
      failure.failed.last_error = error;
      failure.failed.gave_up = StepFailure::ATTEMPTS_SPENT;
      items_.Answer(item, {}, {std::move(failure)});
    }
  }

 private:
  void Answer(const ItemOfBatch& made) {
    const auto found = by_digest_.find(Digest{made.digest_high(), made.digest_low()});
    if (found == by_digest_.end() || found->second.empty()) return;
    const size_t item = found->second.back();
    if (!Answer(item, made)) return;
    found->second.pop_back();
    answered_.insert(item);
  }

  bool Answer(size_t item, const ItemOfBatch& made) {
    std::vector<std::optional<std::string_view>> messages;
    for (const OutputOfItem& output : made.outputs()) {
      messages.push_back(output.has_message() ? std::optional<std::string_view>(output.message())
                                              : std::nullopt);
    }
    std::vector<FailureOfStage> failures;
    for (const FailureOfItem& stored : made.failures()) {
      FailureOfStage failure = {.item = item, .stage = 0, .failed = {}};
      while (failure.stage < items_.stage_count() &&
             items_.step(failure.stage).name != stored.step()) {
        ++failure.stage;
      }
      if (failure.stage == items_.stage_count()) return false;
      failure.failed.attempts = stored.attempts();
      failure.failed.last_error = FromStored(stored.error());
      failure.failed.gave_up = static_cast<StepFailure::GaveUp>(stored.gave_up());
      failures.push_back(std::move(failure));
    }
    return items_.Answer(item, messages, std::move(failures));
  }

  ItemsOfGroup& items_;
  // Equal items each have their own result.
  absl::flat_hash_map<Digest, std::vector<size_t>> by_digest_;
  absl::flat_hash_set<size_t> answered_;
  std::vector<ItemOfBatch> failures_;
};

absl::StatusOr<JobFanOut::Earlier> JobFanOut::TakeEarlier(Collection& collection,
                                                          const std::string& key,
                                                          const ExecCtx& ctx) {
  Earlier earlier;
  absl::StatusOr<FanOutRecord> record;
  absl::Status status =
      engine_.Insist(ctx, "what was handed over of a job's items cannot be read", [&] {
        record = items_.Find(job_.job_id, key);
        return record.status();
      });
  if (!status.ok()) return status;
  earlier.is_of_this_attempt = record->attempt == job_.attempt;
  std::string after;
  for (bool is_last = false; !is_last;) {
    absl::StatusOr<std::vector<ItemBatchRecord>> page;
    status = engine_.Insist(ctx, "what others have made of a job's items cannot be read", [&] {
      page = items_.Batches(job_.job_id, key, after, kPage);
      return page.status();
    });
    if (!status.ok()) return status;
    is_last = page->size() < static_cast<size_t>(kPage);
    for (const ItemBatchRecord& batch : *page) {
      after = batch.job_id;
      const bool is_ours = earlier.is_of_this_attempt && batch.attempt == job_.attempt;
      earlier.is_open |= is_ours && batch.is_open && batch.results.empty();
      if (BatchResults results; !batch.results.empty() && results.ParseFromString(batch.results)) {
        collection.Take(results, is_ours);
      }
      if (is_ours && !batch.is_open && batch.error_code != 0) {
        earlier.error = absl::Status(
            static_cast<absl::StatusCode>(batch.error_code),
            fmt::format("job {}, which had items of this one: {}", batch.job_id, batch.error));
      }
    }
  }
  collection.TakeFailures();
  return earlier;
}

absl::StatusOr<bool> JobFanOut::Distribute(ItemsOfGroup& items, const ExecCtx& ctx) {
  // Steps beside may hand items over too: one after the other.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!fan_outs_.empty()) return true;
  Collection collection(items);
  const std::string key = collection.Key();
  // Otherwise nobody has had the job before who could have handed anything over.
  if (job_.was_claimed) {
    const absl::StatusOr<Earlier> earlier = TakeEarlier(collection, key, ctx);
    if (!earlier.ok()) return earlier.status();
    if (items.IsStopped()) return false;
    if (earlier->is_open) {
      // It was woken for another reason.
      fan_outs_.push_back(NewFanOut(collection, key, ctx));
      return true;
    }
    if (earlier->is_of_this_attempt) {
      collection.FailMissing(
          earlier->error.ok()
              ? absl::DataLossError("the job that had the item has left no result of it")
              : earlier->error);
      return false;
    }
  }
  if (!HandOver(collection, key, ctx)) return false;
  if (job_.was_claimed) {
    // Those of an attempt before, or of a worker that died before it had handed all over.
    const BatchesToCancel batches[] = {{.parent_id = job_.job_id, .up_to_term = job_.term - 1}};
    absl::Status status =
        engine_.Insist(ctx, "what was handed over of a job's items cannot be cancelled",
                       [&] { return items_.CancelBatches(batches); });
    if (!status.ok()) return status;
  }
  return true;
}

FanOut JobFanOut::NewFanOut(const Collection& collection, const std::string& key,
                            const ExecCtx& ctx) const {
  FanOut fan_out = {.parent = {.job_id = job_.job_id, .term = job_.term}};
  const ItemsOfGroup& items = collection.items();
  fan_out.key = key;
  fan_out.step = items.step(0).name;
  fan_out.output_type = FullName(items.step(items.stage_count() - 1).output.item());
  fan_out.attempt = job_.attempt;
  fan_out.timeout = ctx.deadline() - clock_.Now();
  SharedInputs shared;
  for (const auto& [type, slot] : collection.SharedSlots()) {
    *shared.add_inputs() = ToStored(type, items.value(slot));
  }
  shared.SerializeToString(&fan_out.shared_inputs);
  return fan_out;
}

bool JobFanOut::HandOver(const Collection& collection, const std::string& key, const ExecCtx& ctx) {
  const ItemsOfGroup& items = collection.items();
  std::vector<size_t> missing;
  for (size_t item = 0; item < items.size(); ++item) {
    if (collection.IsMissing(item)) missing.push_back(item);
  }
  const auto wanted = static_cast<size_t>(items.step(0).options.items.batch);
  const size_t most =
      wanted > 0 ? wanted
                 : std::clamp<size_t>((missing.size() + kBatches - 1) / kBatches, 1, kLargestBatch);
  if (missing.size() <= most) return false;

  JobInputs head;
  BatchOfItems& batch = *head.mutable_items();
  batch.set_parent(job_.job_id);
  batch.set_key(key);
  batch.set_term(job_.term);
  batch.set_input_type(FullName(items.input().type()));
  for (size_t stage = 0; stage < items.stage_count(); ++stage) {
    if (items.is_kept(stage)) batch.add_output_types(items.step(stage).output_name);
  }
  FanOut whole = NewFanOut(collection, key, ctx);
  const FanOut empty = whole;
  JobInputs inputs = head;
  size_t bytes = 0;
  size_t bytes_at_once = 0;
  const auto end_batch = [&] {
    ItemBatch& added = whole.batches.emplace_back();
    added.items = inputs.items().items_size();
    inputs.SerializeToString(&added.inputs);
    inputs = head;
    bytes_at_once += std::exchange(bytes, 0);
    if (bytes_at_once < kMostBytesAtOnce) return;
    whole.is_last = false;
    fan_outs_.push_back(std::exchange(whole, empty));
    bytes_at_once = 0;
  };
  for (const size_t item : missing) {
    std::string message = StableBytes(*items.input().message(item));
    const auto count = static_cast<size_t>(inputs.items().items_size());
    if (count == most || (count > 0 && bytes + message.size() > kMostBatchBytes)) end_batch();
    bytes += message.size();
    *inputs.mutable_items()->add_items() = std::move(message);
  }
  end_batch();
  // What is left; nothing where the call only says that it is the last.
  fan_outs_.push_back(std::move(whole));
  NumberBatches();
  return true;
}

void JobFanOut::NumberBatches() {
  size_t count = 0;
  for (const FanOut& fan_out : fan_outs_) count += fan_out.batches.size();
  // After the job's own, as stores lock rows in the order of their ids and a job's before its
  // items', and in order.
  std::vector<std::string> ids =
      MakeJobIds(count, std::max(absl::Now(), TimeOfUuidV7(job_.job_id) + absl::Milliseconds(1)));
  size_t next = 0;
  for (FanOut& fan_out : fan_outs_) {
    for (ItemBatch& batch : fan_out.batches) batch.job_id = std::move(ids[next++]);
  }
}

}  // namespace protograph::internal
