#ifndef PROTOGRAPH_SRC_GRAPH_FRAME_CACHE_H_
#define PROTOGRAPH_SRC_GRAPH_FRAME_CACHE_H_

// Memory for frames, kept by each thread, so that an execution on a warmed thread allocates none.

#include <array>
#include <cstddef>
#include <new>

namespace protograph::internal {

class FrameCache {
 public:
  struct Frame {
    std::byte* memory;
    size_t capacity;
  };

  static FrameCache& OfThisThread() {
    if (of_this_thread_ == nullptr) [[unlikely]] {
      Make();
    }
    return *of_this_thread_;
  }

  FrameCache() = default;
  ~FrameCache();
  FrameCache(const FrameCache&) = delete;
  FrameCache& operator=(const FrameCache&) = delete;

  // At least `bytes`, aligned for any result. Memory is null where there is none to be had.
  Frame Take(size_t bytes) {
    // Executions of one thread nest, so the last frame given back is the one this depth used
    // before.
    if (count_ > 0) {
      const Frame frame = frames_[--count_];
      if (frame.capacity >= bytes) [[likely]] {
        return frame;
      }
      Free(frame);
    }
    return Allocate(bytes);
  }

  void GiveBack(Frame frame) {
    if (count_ < frames_.size() && frame.capacity <= kLargestKept) [[likely]] {
      frames_[count_++] = frame;
    } else {
      Free(frame);
    }
  }

  // For the memory of a frame that is not given back to a cache.
  static void FreeFrame(std::byte* memory) {
    ::operator delete(memory, std::align_val_t(kAlignment));
  }

  // True once in kSamplePeriod calls.
  bool IsTimeToMeasure() {
    if (--until_measurement_ > 0) [[likely]] {
      return false;
    }
    until_measurement_ = kSamplePeriod;
    return true;
  }

 private:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kLargestKept = size_t{1} << 20;
  // Reading the clock twice costs about as much as two trivial steps, so this costs little. A prime
  // number, so that of several graphs that take turns on a thread each is measured.
  static constexpr int kSamplePeriod = 61;

  // A plain pointer, as one to a class with a destructor would be guarded at every use.
  static constinit thread_local FrameCache* of_this_thread_;
  static void Make();

  static Frame Allocate(size_t bytes);
  static void Free(Frame frame) { FreeFrame(frame.memory); }

  std::array<Frame, 8> frames_;
  size_t count_ = 0;
  int until_measurement_ = kSamplePeriod;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_FRAME_CACHE_H_
