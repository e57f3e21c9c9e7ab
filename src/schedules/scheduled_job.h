#ifndef PROTOGRAPH_SRC_SCHEDULES_SCHEDULED_JOB_H_
#define PROTOGRAPH_SRC_SCHEDULES_SCHEDULED_JOB_H_

// The job of a tick.

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protograph/schedule.pb.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

struct Tick {
  std::string schedule;
  absl::Time time;
  std::optional<absl::Time> previous_time;
};

// `text` with what stands in {{}} replaced; see ScheduleDefinition. kInvalidArgument for what
// nothing is known of. What is put in is escaped as within a JSON string.
absl::StatusOr<std::string> ExpandTemplate(std::string_view text, const Tick& tick,
                                           absl::TimeZone zone);

// Without an id. `delay`: of its time, by the schedule's jitter.
absl::StatusOr<JobSubmission> JobOf(const ScheduleDefinition& definition, const Tick& tick,
                                    absl::TimeZone zone, absl::Duration delay);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_SCHEDULED_JOB_H_
