#ifndef PROTOGRAPH_SRC_SCHEDULES_FIRING_PLAN_H_
#define PROTOGRAPH_SRC_SCHEDULES_FIRING_PLAN_H_

// What is to be done about a schedule that is due: which ticks are fired, which are given up, and
// when it is due again.

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "protograph/store/schedule_store.h"
#include "schedules/schedule_ticks.h"

namespace protograph::internal {

struct FiringPlan {
  // In their order.
  std::vector<absl::Time> ticks;
  // Exact up to 100,000.
  int64_t missed = 0;
  std::optional<absl::Time> next_tick;
  // Infinite: never.
  absl::Time due_at = absl::InfiniteFuture();
  // Of a backfill that has done all there was.
  bool is_over = false;
};

// `now` by the store's clock. At most so many ticks; others follow at once.
FiringPlan PlanFiring(const ScheduleRecord& record, const ScheduleTicks& ticks, absl::Time now,
                      int64_t most_ticks);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_FIRING_PLAN_H_
