#ifndef PROTOGRAPH_SRC_STORE_SCHEDULE_CHECKS_H_
#define PROTOGRAPH_SRC_STORE_SCHEDULE_CHECKS_H_

// What no ScheduleStore accepts.

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "protograph/schedule.pb.h"
#include "protograph/store/schedule_store.h"

namespace protograph::internal {

// kInvalidArgument for a name that no schedule can have.
absl::Status CheckScheduleName(std::string_view name);

// The same, and for a definition that stores cannot keep, whatever it means: one of more than 8
// MiB, or with texts that are not UTF-8 or have NUL characters.
absl::Status CheckSchedule(std::string_view name, const ScheduleDefinition& definition,
                           std::string_view source);

// kInvalidArgument for ticks without a time and for jobs that cannot be submitted, or that have a
// unique key or a delay.
absl::Status CheckFirings(std::span<const ScheduleFiring> firings);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_SCHEDULE_CHECKS_H_
