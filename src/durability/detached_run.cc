#include "durability/detached_run.h"

#include <new>
#include <utility>

#include "google/protobuf/message.h"
#include "graph/frame_cache.h"

namespace protograph::internal {

DetachedRun::DetachedRun(DurableRun& run, std::unique_ptr<RunDigests> digests)
    : core_(run.core().shared_from_this()),
      view_(run),
      digests_(std::move(digests)),
      bytes_(run.core().frame_bytes()) {
  if (digests_ == nullptr) digests_ = std::make_unique<RunDigests>(view_);
  for (uint32_t slot : view_.plan().input_slots) {
    const TypeKey type = view_.core().slot_type(slot);
    OwnedValue copy(type, view_.value(slot));
    bytes_ += SpaceUsed(type, copy.get());
    view_.SetValue(slot, copy.get());
    inputs_.push_back(std::move(copy));
  }
  for (size_t place = 0; place < view_.plan().steps.size(); ++place) {
    if (!Stands(place)) continue;
    const StepRecord& record = *view_.plan().steps[place];
    bytes_ += SpaceUsed(record.info->output, view_.value(record.output));
  }
  run.frame_taken = true;
}

DetachedRun::~DetachedRun() {
  for (size_t place = view_.plan().steps.size(); place-- > 0;) {
    const StepRecord& record = *view_.plan().steps[place];
    if (Stands(place)) record.destroy(view_.frame() + record.place);
  }
  FrameCache::FreeFrame(view_.frame());
}

bool DetachedRun::Stands(size_t place) const {
  if (view_.IsDone(place)) return true;
  // Steps that run together make their results at once, and are marked one after the other.
  const StepRecord& record = *view_.plan().steps[place];
  return record.info->is_map() && view_.value(record.output) != nullptr;
}

DetachedRun::Found DetachedRun::Find(const StepRecord& record, const Digest& input_hash) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t place = 0; place < view_.plan().steps.size(); ++place) {
    if (view_.plan().steps[place] != &record) continue;
    if (view_.items(place) != nullptr) return FindItem(place, input_hash);
    if (!view_.IsDone(place) || digests_->InputHashOf(view_, {place}) != input_hash) return {};
    Found found = {.message = &MessageAt(view_.value(record.output)),
                   .digest = digests_->DigestIfKnown(view_, {place}),
                   .is_collected = digests_->IsCollected({place})};
    return found;
  }
  return {};
}

DetachedRun::Found DetachedRun::FindItem(size_t place, const Digest& input_hash) {
  const ItemRun& run = *view_.items(place);
  const auto [known, is_new] = items_.try_emplace(place);
  absl::flat_hash_map<Digest, size_t>& item_of = known->second;
  if (is_new) {
    for (size_t i = 0; i < run.size(); ++i) {
      if (run.IsDone(i)) item_of.emplace(digests_->InputHashOf(view_, {place, i}), i);
    }
  }
  const auto found = item_of.find(input_hash);
  if (found == item_of.end()) return {};
  const ResultPlace result = {place, found->second};
  return {.message = run.output().message(result.item),
          .digest = digests_->DigestIfKnown(view_, result),
          .is_collected = digests_->IsCollected(result)};
}

size_t DetachedRun::CountUncollected() {
  const std::lock_guard<std::mutex> lock(mutex_);
  size_t count = 0;
  ResultPlace from;
  while (const std::optional<ResultPlace> next = digests_->NextToCollect(view_, from)) {
    from = RunDigests::After(*next);
    ++count;
  }
  return count;
}

}  // namespace protograph::internal
