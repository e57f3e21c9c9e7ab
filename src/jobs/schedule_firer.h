#ifndef PROTOGRAPH_SRC_JOBS_SCHEDULE_FIRER_H_
#define PROTOGRAPH_SRC_JOBS_SCHEDULE_FIRER_H_

// Fires schedules that are due. Every worker does; who is first does it for all.

#include <string>

#include "absl/status/statusor.h"
#include "protograph/logger.h"
#include "protograph/store/schedule_store.h"

namespace protograph::internal {

class ScheduleFirer {
 public:
  ScheduleFirer(ScheduleStore& schedules, Logger& logger)
      : schedules_(schedules), logger_(logger) {}

  // One round. Whether jobs were made.
  absl::StatusOr<bool> Fire(const std::string& owner_id);

 private:
  ScheduleStore& schedules_;
  Logger& logger_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_SCHEDULE_FIRER_H_
