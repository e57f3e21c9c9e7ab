#ifndef PROTOGRAPH_SCHEDULE_INFO_H_
#define PROTOGRAPH_SCHEDULE_INFO_H_

// ScheduleInfo: what steps find in the context of a job that a schedule has made.
//
//   const ScheduleInfo* info = ctx.Value<ScheduleInfo>();
//
// Tests put it into ContextValues themselves.

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace protograph {

struct ScheduleInfo {
  std::string schedule;
  // When the schedule should have fired: also what ctx.ScheduledTime() returns.
  absl::Time time;
  // The same of the job before, so that what came since is this one's: ticks that made no job, as
  // they were missed or another job ran, are left out. Not set for the first.
  std::optional<absl::Time> previous_time;
};

}  // namespace protograph

#endif  // PROTOGRAPH_SCHEDULE_INFO_H_
