#ifndef PROTOGRAPH_SRC_SCHEDULES_TIME_ZONES_H_
#define PROTOGRAPH_SRC_SCHEDULES_TIME_ZONES_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace protograph::internal {

// The time zone of that name in the IANA database ("Europe/Berlin", "UTC"), which is read from the
// machine: $TZDIR, or /usr/share/zoneinfo. Names of files (/etc/passwd, ../x) and what means
// another zone on each machine (localtime) are no names. kInvalidArgument where there is none of
// that name.
absl::StatusOr<absl::TimeZone> ParseTimeZone(std::string_view name);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_TIME_ZONES_H_
