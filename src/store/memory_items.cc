#include "store/memory_items.h"

#include <algorithm>

namespace protograph::internal {

MemoryFanOut* MemoryItems::Find(const std::string& parent_id, const std::string& key) {
  const auto parent = by_parent_.find(parent_id);
  if (parent == by_parent_.end()) return nullptr;
  const auto found = parent->second.find(key);
  return found != parent->second.end() ? &found->second : nullptr;
}

MemoryBatch* MemoryItems::FindBatch(const std::string& job_id) {
  const auto found = batches_.find(job_id);
  return found != batches_.end() ? found->second : nullptr;
}

const MemoryFanOuts& MemoryItems::FanOutsOf(const std::string& parent_id) const {
  static const MemoryFanOuts kNone;
  const auto found = by_parent_.find(parent_id);
  return found != by_parent_.end() ? found->second : kNone;
}

std::vector<std::string> MemoryItems::BatchesOf(const std::string& parent_id,
                                                int64_t up_to_term) const {
  std::vector<std::string> ids;
  for (const auto& [key, fan_out] : FanOutsOf(parent_id)) {
    for (const auto& [job_id, batch] : fan_out.batches) {
      if (batch.parent_term <= up_to_term) ids.push_back(job_id);
    }
  }
  return ids;
}

const MemoryFanOut* MemoryItems::LastOf(const std::string& parent_id) const {
  const MemoryFanOut* last = nullptr;
  for (const auto& [key, fan_out] : FanOutsOf(parent_id)) {
    if (last == nullptr || fan_out.sequence > last->sequence) last = &fan_out;
  }
  return last;
}

void MemoryItems::HandOver(const std::string& owner_id, const FanOut& call, absl::Time now) {
  MemoryFanOut& fan_out = by_parent_[call.parent.job_id][call.key];
  fan_out.step = call.step;
  fan_out.shared_inputs = call.shared_inputs;
  if (call.is_last) {
    fan_out.attempt = call.attempt;
    fan_out.term = call.parent.term;
    fan_out.owner_id = owner_id;
  }
  fan_out.sequence = ++last_sequence_;
  fan_out.called_in = call.attempt;
  fan_out.deadline = now + call.timeout;
  for (const ItemBatch& batch : call.batches) {
    const auto [made, is_new] = fan_out.batches.try_emplace(batch.job_id);
    if (!is_new) continue;
    made->second.attempt = call.attempt;
    made->second.parent_term = call.parent.term;
    made->second.items = batch.items;
    batches_[batch.job_id] = &made->second;
  }
}

bool MemoryItems::IsRepeated(const std::string& owner_id, const FanOut& call) {
  const MemoryFanOut* fan_out = Find(call.parent.job_id, call.key);
  return fan_out != nullptr && call.is_last && fan_out->owner_id == owner_id &&
         fan_out->term == call.parent.term &&
         std::all_of(call.batches.begin(), call.batches.end(), [&](const ItemBatch& batch) {
           return fan_out->batches.contains(batch.job_id);
         });
}

void MemoryItems::ForgetResults(const std::string& job_id) {
  MemoryBatch* batch = FindBatch(job_id);
  if (batch == nullptr) return;
  batch->has_results = false;
  batch->done = 0;
  batch->failed = 0;
  batch->results.clear();
}

void MemoryItems::BeginAnew(const std::string& parent_id) {
  const auto parent = by_parent_.find(parent_id);
  if (parent == by_parent_.end()) return;
  for (auto& [key, fan_out] : parent->second) {
    fan_out.attempt = 0;
    fan_out.called_in = 0;
    fan_out.deadline = absl::InfiniteFuture();
    for (auto& [job_id, batch] : fan_out.batches) batch.attempt = 0;
  }
}

void MemoryItems::Forget(const std::string& parent_id) {
  for (const std::string& job_id : BatchesOf(parent_id)) batches_.erase(job_id);
  by_parent_.erase(parent_id);
}

}  // namespace protograph::internal
