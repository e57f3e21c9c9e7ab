#ifndef PROTOGRAPH_SRC_SCHEDULES_SCHEDULE_TICKS_H_
#define PROTOGRAPH_SRC_SCHEDULES_SCHEDULE_TICKS_H_

// The ticks of a schedule: of its expression or its interval, between its start and its end.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protograph/schedule.pb.h"
#include "schedules/cron_expression.h"

namespace protograph::internal {

class ScheduleTicks {
 public:
  // kInvalidArgument where the definition does not say when.
  static absl::StatusOr<ScheduleTicks> Make(const ScheduleDefinition& definition);

  // The first one after `after`; nothing where there is none.
  std::optional<absl::Time> Next(absl::Time after) const;
  // The last one that is neither before `from` nor after `until`; nothing where there is none.
  std::optional<absl::Time> Last(absl::Time from, absl::Time until) const;

  // "at 03:30 every day, Europe/Berlin"
  std::string Describe() const;
  absl::TimeZone zone() const { return zone_; }

 private:
  ScheduleTicks() = default;

  // Either this or the interval.
  std::optional<CronExpression> cron_;
  absl::Duration interval_;
  absl::Time anchor_ = absl::UnixEpoch();
  absl::TimeZone zone_ = absl::UTCTimeZone();
  absl::Time start_ = absl::InfinitePast();
  absl::Time end_ = absl::InfiniteFuture();
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_SCHEDULE_TICKS_H_
