#ifndef PROTOGRAPH_SRC_JOBS_SCHEDULE_FIRER_H_
#define PROTOGRAPH_SRC_JOBS_SCHEDULE_FIRER_H_

// Fires schedules that are due. Every worker does; who is first does it for all.

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "protograph/logger.h"
#include "protograph/store/schedule_store.h"

namespace protograph::internal {

class ScheduleFirer {
 public:
  ScheduleFirer(ScheduleStore& schedules, Logger& logger)
      : schedules_(schedules), logger_(logger) {}

  struct Round {
    // Whether anything was done, and whether jobs were made.
    bool has_done = false;
    bool has_fired = false;
  };
  absl::StatusOr<Round> Fire(const std::string& owner_id);

 private:
  absl::StatusOr<std::vector<FiringResult>> FireAll(const std::string& owner_id,
                                                    std::span<const ScheduleFiring> firings);

  ScheduleStore& schedules_;
  Logger& logger_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_SCHEDULE_FIRER_H_
