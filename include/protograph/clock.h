#ifndef PROTOGRAPH_CLOCK_H_
#define PROTOGRAPH_CLOCK_H_

// Clock: where an execution reads the time and sleeps.
//
// Retries, timeouts and deadlines go through the clock of the ExecCtx, so that a test can own time
// (protograph::testing::FakeClock) and never sleeps.

#include <stop_token>

#include "absl/time/time.h"

namespace protograph {

// Implementations are thread safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() = 0;

  // Blocks until `wake_time`, or until `stop_token` is asked to stop if that is earlier. Returns
  // true where the time was reached, false where the sleep was cut short.
  virtual bool SleepUntil(absl::Time wake_time, std::stop_token stop_token) = 0;

  // The machine's clock. Lives for ever.
  static Clock& System();
};

}  // namespace protograph

#endif  // PROTOGRAPH_CLOCK_H_
