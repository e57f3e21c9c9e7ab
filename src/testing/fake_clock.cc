#include "protograph/testing/fake_clock.h"

#include <algorithm>

namespace protograph::testing {

FakeClock::FakeClock()
    : FakeClock(absl::FromCivil(absl::CivilSecond(2025, 1, 1), absl::UTCTimeZone())) {}

absl::Time FakeClock::Now() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return now_;
}

bool FakeClock::SleepUntil(absl::Time wake_time, std::stop_token stop_token) {
  if (stop_token.stop_requested()) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  sleeps_.push_back(std::max(wake_time - now_, absl::ZeroDuration()));
  // Another thread may have slept for longer: its time has come too.
  now_ = std::max(now_, wake_time);
  return true;
}

void FakeClock::SetNow(absl::Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  now_ = now;
}

void FakeClock::Advance(absl::Duration duration) {
  const std::lock_guard<std::mutex> lock(mutex_);
  now_ += duration;
}

std::vector<absl::Duration> FakeClock::sleeps() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sleeps_;
}

void FakeClock::ClearSleeps() {
  const std::lock_guard<std::mutex> lock(mutex_);
  sleeps_.clear();
}

}  // namespace protograph::testing
