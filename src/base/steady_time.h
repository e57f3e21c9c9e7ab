#ifndef PROTOGRAPH_SRC_BASE_STEADY_TIME_H_
#define PROTOGRAPH_SRC_BASE_STEADY_TIME_H_

#include <chrono>

#include "absl/time/time.h"

namespace protograph::internal {

// The time for waits and intervals: it goes on evenly whatever is done to the machine's clock, and
// begins anywhere, so that it means nothing beside itself.
inline absl::Time SteadyTime() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_STEADY_TIME_H_
