#include "schedules/schedule_ticks.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "schedules/cron_ticks.h"
#include "schedules/interval_ticks.h"
#include "schedules/proto_time.h"
#include "schedules/time_zones.h"

namespace protograph::internal {

absl::StatusOr<ScheduleTicks> ScheduleTicks::Make(const ScheduleDefinition& definition) {
  if (definition.cron().empty() != definition.has_interval()) {
    return absl::InvalidArgumentError(
        "a schedule has either a cron expression or an interval: give one of both");
  }
  ScheduleTicks ticks;
  absl::StatusOr<absl::TimeZone> zone =
      ParseTimeZone(definition.time_zone().empty() ? "UTC" : definition.time_zone());
  if (!zone.ok()) return zone.status();
  ticks.zone_ = *zone;
  if (definition.has_interval()) {
    ticks.interval_ = DurationOf(definition.interval());
    if (absl::Status status = CheckInterval(ticks.interval_); !status.ok()) return status;
    if (definition.has_anchor()) ticks.anchor_ = TimeOf(definition.anchor());
  } else {
    absl::StatusOr<CronExpression> cron = CronExpression::Parse(definition.cron());
    if (!cron.ok()) return cron.status();
    ticks.cron_ = *std::move(cron);
  }
  if (definition.has_start()) ticks.start_ = TimeOf(definition.start());
  if (definition.has_end()) ticks.end_ = TimeOf(definition.end());
  if (ticks.end_ < ticks.start_) {
    return absl::InvalidArgumentError("a schedule cannot end before it starts");
  }
  return ticks;
}

std::optional<absl::Time> ScheduleTicks::Next(absl::Time after) const {
  if (start_ != absl::InfinitePast()) after = std::max(after, start_ - absl::Microseconds(1));
  std::optional<absl::Time> tick;
  if (cron_.has_value()) {
    tick = NextTick(*cron_, zone_, after);
  } else if (absl::StatusOr<absl::Time> next = NextIntervalTick(interval_, anchor_, after);
             next.ok()) {
    tick = *next;
  }
  if (!tick.has_value() || *tick > end_) return std::nullopt;
  return tick;
}

std::optional<absl::Time> ScheduleTicks::Last(absl::Time from, absl::Time until) const {
  // From near to far, so that little is walked over, however long and dense the time is.
  for (absl::Duration reach = absl::Minutes(1);; reach *= 30) {
    const absl::Time begin = std::max(from, until - reach);
    std::optional<absl::Time> last;
    for (std::optional<absl::Time> tick = Next(begin - absl::Microseconds(1));
         tick.has_value() && *tick <= until; tick = Next(*tick)) {
      last = tick;
    }
    if (last.has_value() || begin == from) return last;
  }
}

std::string ScheduleTicks::Describe() const {
  if (cron_.has_value()) return fmt::format("{}, {}", cron_->Describe(), zone_.name());
  return fmt::format("every {} from {}", absl::FormatDuration(interval_),
                     absl::FormatTime("%Y-%m-%d %H:%M:%E*S", anchor_, zone_));
}

}  // namespace protograph::internal
