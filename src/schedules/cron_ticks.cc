#include "schedules/cron_ticks.h"

namespace protograph::internal {
namespace {

using TimeInfo = absl::TimeZone::TimeInfo;

absl::CivilSecond ClockAt(absl::TimeZone zone, absl::Time time) { return zone.At(time).cs; }

// What the clock shows last before it is changed at `change`.
absl::CivilSecond LastBefore(absl::TimeZone zone, absl::Time change) {
  return ClockAt(zone, change - absl::Seconds(1));
}

// Every time that is meant has its tick, and these are in the same order.
std::optional<absl::Time> NextFixed(const CronExpression& expression, absl::TimeZone zone,
                                    absl::Time after) {
  absl::CivilSecond clock = ClockAt(zone, after);
  const TimeInfo now = zone.At(clock);
  // All that exists twice has fired the first time.
  if (now.kind == TimeInfo::REPEATED && after >= now.trans) clock = LastBefore(zone, now.trans);
  const std::optional<absl::CivilSecond> next = expression.Next(clock);
  if (!next.has_value()) return std::nullopt;
  const TimeInfo then = zone.At(*next);
  return then.kind == TimeInfo::SKIPPED ? then.trans : then.pre;
}

std::optional<absl::Time> NextWildcard(const CronExpression& expression, absl::TimeZone zone,
                                       absl::Time after) {
  const absl::CivilSecond clock = ClockAt(zone, after);
  const TimeInfo now = zone.At(clock);
  const bool is_repeated = now.kind == TimeInfo::REPEATED;
  bool is_second_time = is_repeated && after >= now.trans;

  std::optional<absl::CivilSecond> next = expression.Next(clock);
  if (is_repeated && !is_second_time &&
      (!next.has_value() || *next > LastBefore(zone, now.trans))) {
    // Nothing more before the clock is put back.
    is_second_time = true;
    next = expression.Next(ClockAt(zone, now.trans) - 1);
  }
  while (next.has_value()) {
    const TimeInfo then = zone.At(*next);
    switch (then.kind) {
      case TimeInfo::UNIQUE:
        return then.pre;
      case TimeInfo::REPEATED:
        return is_second_time && then.trans == now.trans ? then.post : then.pre;
      case TimeInfo::SKIPPED:
        next = expression.Next(ClockAt(zone, then.trans) - 1);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<absl::Time> NextTick(const CronExpression& expression, absl::TimeZone zone,
                                   absl::Time after) {
  return expression.is_wildcard() ? NextWildcard(expression, zone, after)
                                  : NextFixed(expression, zone, after);
}

}  // namespace protograph::internal
