#include "protograph/clock.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "absl/time/clock.h"

namespace protograph {
namespace {

class SystemClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }

  bool SleepUntil(absl::Time wake_time, std::stop_token stop_token) override {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock<std::mutex> lock(mutex);
    while (!stop_token.stop_requested()) {
      const absl::Time now = absl::Now();
      if (now >= wake_time) return true;
      // In slices, as the time since the epoch is the reference and may be set while this sleeps.
      const absl::Duration slice = std::min(wake_time - now, absl::Hours(1));
      wake.wait_for(lock, stop_token, absl::ToChronoNanoseconds(slice), [] { return false; });
    }
    return false;
  }
};

}  // namespace

Clock& Clock::System() {
  static auto& clock = *new SystemClock;
  return clock;
}

}  // namespace protograph
