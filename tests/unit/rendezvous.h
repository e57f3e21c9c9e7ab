#ifndef PROTOGRAPH_TESTS_UNIT_RENDEZVOUS_H_
#define PROTOGRAPH_TESTS_UNIT_RENDEZVOUS_H_

// Proof that so many threads were somewhere at the same time, without measuring any.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace protograph {

// Thread safe. May be used again once all have come.
class Rendezvous {
 public:
  explicit Rendezvous(size_t parties) : parties_(parties) {}

  // Waits for the others. False where they did not come in good time.
  bool Meet() {
    std::unique_lock<std::mutex> lock(mutex_);
    const size_t round = round_;
    if (++waiting_ == parties_) {
      waiting_ = 0;
      ++round_;
      all_came_.notify_all();
      return true;
    }
    if (all_came_.wait_for(lock, std::chrono::seconds(20), [&] { return round_ != round; })) {
      return true;
    }
    --waiting_;
    return false;
  }

 private:
  const size_t parties_;
  std::mutex mutex_;
  std::condition_variable all_came_;
  size_t waiting_ = 0;
  size_t round_ = 0;
};

// How many were inside at once, at most.
class Occupancy {
 public:
  class Visit {
   public:
    explicit Visit(Occupancy& occupancy) : occupancy_(occupancy) {
      const int now = ++occupancy_.now_;
      int most = occupancy_.most_;
      while (most < now && !occupancy_.most_.compare_exchange_weak(most, now)) {
      }
    }
    ~Visit() { --occupancy_.now_; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Occupancy& occupancy_;
  };

  int now() const { return now_; }
  int most() const { return most_; }

 private:
  std::atomic<int> now_ = 0;
  std::atomic<int> most_ = 0;
};

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_UNIT_RENDEZVOUS_H_
