#ifndef PROTOGRAPH_SRC_SCHEDULES_INTERVAL_TICKS_H_
#define PROTOGRAPH_SRC_SCHEDULES_INTERVAL_TICKS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace protograph::internal {

// Whether ticks can be that far from each other: whole microseconds, a second at least.
absl::Status CheckInterval(absl::Duration every);

// The first tick after `after` of those that lie `every` apart, one of them at `anchor`: the others
// are before it as well as after it. Exact, in microseconds, which is what Postgres has: what
// `anchor` and `after` have beyond them is cut off.
//
// kInvalidArgument as CheckInterval has it, or where a time is infinite; kOutOfRange for a tick
// that no 64 bits hold.
absl::StatusOr<absl::Time> NextIntervalTick(absl::Duration every, absl::Time anchor,
                                            absl::Time after);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_INTERVAL_TICKS_H_
