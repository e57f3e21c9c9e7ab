#include "durability/detached_run.h"

#include <new>
#include <utility>

#include "google/protobuf/message.h"
#include "graph/frame_cache.h"

namespace protograph::internal {

using google::protobuf::Message;

DetachedRun::DetachedRun(DurableRun& run, std::unique_ptr<RunDigests> digests)
    : core_(run.core().shared_from_this()),
      view_(run.core(), run.plan(), run.frame()),
      digests_(std::move(digests)),
      bytes_(run.core().frame_bytes()) {
  if (digests_ == nullptr) digests_ = std::make_unique<RunDigests>(view_);
  const auto values = reinterpret_cast<const Message**>(view_.frame());
  for (uint32_t slot : view_.plan().input_slots) {
    std::unique_ptr<Message> copy(values[slot]->New());
    copy->CopyFrom(*values[slot]);
    bytes_ += copy->SpaceUsedLong();
    values[slot] = copy.get();
    inputs_.push_back(std::move(copy));
  }
  for (size_t place = 0; place < view_.plan().steps.size(); ++place) {
    if (view_.IsDone(place)) {
      bytes_ += view_.value(view_.plan().steps[place]->output)->SpaceUsedLong();
    }
  }
  run.frame_taken = true;
}

DetachedRun::~DetachedRun() {
  for (size_t place = view_.plan().steps.size(); place-- > 0;) {
    const StepRecord& record = *view_.plan().steps[place];
    if (view_.IsDone(place)) record.destroy(view_.frame() + record.place);
  }
  FrameCache::FreeFrame(view_.frame());
}

DetachedRun::Found DetachedRun::Find(const StepRecord& record, const Digest& input_hash) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t place = 0; place < view_.plan().steps.size(); ++place) {
    if (view_.plan().steps[place] != &record) continue;
    if (!view_.IsDone(place) || digests_->InputHashOf(view_, place) != input_hash) return {};
    Found found = {.message = view_.value(record.output),
                   .digest = std::nullopt,
                   .is_collected = digests_->IsCollected(place)};
    if (digests_->IsKnown(record.output)) found.digest = digests_->Get(record.output);
    return found;
  }
  return {};
}

size_t DetachedRun::CountUncollected() {
  const std::lock_guard<std::mutex> lock(mutex_);
  size_t count = 0;
  for (size_t place = 0; place < view_.plan().steps.size(); ++place) {
    count += view_.IsDone(place) && !digests_->IsCollected(place) ? 1 : 0;
  }
  return count;
}

}  // namespace protograph::internal
