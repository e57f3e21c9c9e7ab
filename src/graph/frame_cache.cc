#include "graph/frame_cache.h"

#include <algorithm>

namespace protograph::internal {

namespace {
constinit thread_local bool thread_is_ending = false;
}  // namespace

constinit thread_local FrameCache* FrameCache::of_this_thread_ = nullptr;

FrameCache::~FrameCache() {
  while (count_ > 0) Free(frames_[--count_]);
  of_this_thread_ = nullptr;
  thread_is_ending = true;
}

void FrameCache::Make() {
  if (thread_is_ending) {
    // The destructor of another thread-local object executes a graph. There is no later moment to
    // free this in, and at most one of it a thread.
    of_this_thread_ = new FrameCache;
    return;
  }
  thread_local FrameCache cache;
  of_this_thread_ = &cache;
}

FrameCache::Frame FrameCache::Allocate(size_t bytes) {
  // A few sizes only, so that graphs of like size share frames.
  const size_t capacity = std::max<size_t>(1024, (bytes + 1023) / 1024 * 1024);
  void* memory = ::operator new(capacity, std::align_val_t(kAlignment), std::nothrow);
  return {static_cast<std::byte*>(memory), memory == nullptr ? 0 : capacity};
}

}  // namespace protograph::internal
