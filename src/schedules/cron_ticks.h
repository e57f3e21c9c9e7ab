#ifndef PROTOGRAPH_SRC_SCHEDULES_CRON_TICKS_H_
#define PROTOGRAPH_SRC_SCHEDULES_CRON_TICKS_H_

// When a cron expression fires in a time zone: its ticks, which are instants of whole seconds.
//
//   absl::StatusOr<absl::TimeZone> zone = ParseTimeZone("Europe/Berlin");
//   std::optional<absl::Time> tick = NextTick(expression, *zone, absl::Now());
//
// Where clocks are put forward some times of the day do not exist, and where they are put back some
// exist twice. What then happens is what cron does (cronie, src/cron.c), but to the second:
//
// - An expression with a fixed time of day fires once for each time that it means. One that exists
//   twice fires the first time only. One that is skipped fires at the instant at which the clock is
//   put forward, and several that are skipped together, or one that is meant for that instant
//   anyhow, fire once there. So "30 2 * * *" fires at 03:00 on the day on which 02:00 is followed
//   by 03:00, and no day is left out.
// - An expression whose minute or hour begins with a star goes by the time that passes: it fires
//   whenever the clock shows a time that it means. "*/15 * * * *" fires four times in each of the
//   two hours from 02:00 to 03:00 in autumn, and "30 * * * *" not in the hour that is skipped.
//
// It differs where cron does not take a change for one. Of more than three hours it is to cron a
// correction of the clock, and what was skipped is forgotten; here nothing is, as it may be the
// only time in a month: on 2011-12-30, which Samoa left out, "0 9 30 * *" fires at the beginning of
// the 31st. Of five minutes or less it is to cron a late start, and what begins with a star is made
// up for as well; here it is not. And what is skipped several times fires once and not that often.
//
// Thread safe.

#include <optional>

#include "absl/time/time.h"
#include "schedules/cron_expression.h"

namespace protograph::internal {

// The first tick after `after`, so that ticks that are asked for one after another are each later
// than the one before. Nothing where there is none up to the year 9999.
std::optional<absl::Time> NextTick(const CronExpression& expression, absl::TimeZone zone,
                                   absl::Time after);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_CRON_TICKS_H_
