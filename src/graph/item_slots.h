#ifndef PROTOGRAPH_SRC_GRAPH_ITEM_SLOTS_H_
#define PROTOGRAPH_SRC_GRAPH_ITEM_SLOTS_H_

#include <condition_variable>
#include <mutex>

namespace protograph::internal {

// How many threads of one execution run items at the same time. Thread safe.
class ItemSlots {
 public:
  explicit ItemSlots(int slots) : free_(slots) {}

  bool TryTake() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_ == 0) return false;
    --free_;
    return true;
  }
  void Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    given_back_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }
  void GiveBack() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++free_;
    }
    given_back_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  int free_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_ITEM_SLOTS_H_
