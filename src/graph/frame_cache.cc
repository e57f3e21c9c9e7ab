#include "graph/frame_cache.h"

#include <algorithm>

namespace protograph::internal {

FrameCache& FrameCache::OfThisThread() {
  thread_local FrameCache cache;
  return cache;
}

FrameCache::Frame FrameCache::Allocate(size_t bytes) {
  // A few sizes only, so that graphs of like size share frames.
  const size_t capacity = std::max<size_t>(1024, (bytes + 1023) / 1024 * 1024);
  void* memory = ::operator new(capacity, std::align_val_t(kAlignment), std::nothrow);
  return {static_cast<std::byte*>(memory), memory == nullptr ? 0 : capacity};
}

}  // namespace protograph::internal
