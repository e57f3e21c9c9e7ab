#ifndef PROTOGRAPH_TESTS_PROPERTY_STOPPER_H_
#define PROTOGRAPH_TESTS_PROPERTY_STOPPER_H_

#include <atomic>
#include <stop_token>
#include <thread>

namespace protograph::property {

// Asks to stop on a thread of its own when it is told to.
class Stopper {
 public:
  Stopper()
      : thread_([this] {
          told_.wait(false, std::memory_order_relaxed);
          if (stops_.load(std::memory_order_relaxed)) source_.request_stop();
        }) {}
  ~Stopper() { Tell(false); }
  Stopper(const Stopper&) = delete;
  Stopper& operator=(const Stopper&) = delete;

  void Tell(bool stop) {
    if (stop) stops_.store(true, std::memory_order_relaxed);
    told_.store(true, std::memory_order_release);
    told_.notify_all();
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::atomic<bool> told_{false};
  std::atomic<bool> stops_{false};
  std::jthread thread_;
};

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_STOPPER_H_
