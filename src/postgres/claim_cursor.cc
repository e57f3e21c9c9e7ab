#include "postgres/claim_cursor.h"

#include <utility>

namespace protograph::internal {
namespace {

// What a claim may take where nothing is in its way.
constexpr auto kUsual = std::chrono::milliseconds(3);
constexpr auto kUsualPerJob = std::chrono::microseconds(30);
// Beginning at the front costs at most one part in so many of the time.
constexpr int kShare = 10;

}  // namespace

bool ClaimCursor::IsTimeForFront() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Clock::now() >= next_front_;
}

ClaimCursor::Position ClaimCursor::After(const std::string& queue) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = last_.find(queue);
  return found == last_.end() ? Position{} : found->second;
}

void ClaimCursor::Advance(const std::string& queue, Position last) {
  const std::lock_guard<std::mutex> lock(mutex_);
  last_[queue] = std::move(last);
}

void ClaimCursor::NoteFront(Clock::duration taken, size_t jobs) {
  const Clock::duration excess = taken - kUsual - static_cast<int64_t>(jobs) * kUsualPerJob;
  const std::lock_guard<std::mutex> lock(mutex_);
  next_front_ = excess > Clock::duration::zero() ? Clock::now() + kShare * excess : Clock::now();
}

void ClaimCursor::ForgetFront() {
  const std::lock_guard<std::mutex> lock(mutex_);
  next_front_ = {};
}

}  // namespace protograph::internal
