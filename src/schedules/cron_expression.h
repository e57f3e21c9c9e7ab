#ifndef PROTOGRAPH_SRC_SCHEDULES_CRON_EXPRESSION_H_
#define PROTOGRAPH_SRC_SCHEDULES_CRON_EXPRESSION_H_

// A cron expression: which seconds of the calendar it means, in whatever time zone. When it fires
// in one is said by cron_ticks.h.
//
//   absl::StatusOr<CronExpression> nightly = CronExpression::Parse("30 2 * * FRIL");
//   nightly->Describe();                                     // "at 02:30 on the last Friday of
//   ..." nightly->Next(absl::CivilSecond(2026, 3, 1, 0, 0, 0));   // 2026-03-27 02:30:00
//
// Five fields, with spaces between them, or six with the second first:
//
//   minute 0-59 | hour 0-23 | day of month 1-31 | month 1-12 | day of week 0-7 (0 and 7: Sunday)
//
//   *  ?          every value
//   1,15          a list
//   9-17          a range, from the smaller to the larger value. Those that go backward (22-3,
//                 FRI-MON) are refused with the two ranges that say the same, as cron refuses them;
//                 only Sunday may end a range of days (FRI-SUN).
//   */5  10-40/3  every fifth, every third; 7/10 is every tenth from 7 to the end, which is 7 for
//                 days of the week. No step is larger than the field has values.
//   JAN  MON      months and days of the week by name, in any case
//   L  L-3        day of month: the last, the one 3 days before the last
//   15W  LW       day of month: the weekday (Monday to Friday) nearest to the 15th, in the same
//                 month and not in months without that day; the last weekday
//   5L  FRIL      day of week: the last Friday of the month
//   MON#2         day of week: the second Monday of the month
//   @yearly @annually @monthly @weekly @daily @midnight @hourly
//
// Where both day of month and day of week say something, a day needs to be in one of them. A field
// that begins with a star says nothing in this sense, even where it is */2, and then a day needs to
// be in both. That is cron's rule (cronie, src/entry.c and src/cron.c: DOM_STAR, DOW_STAR).
//
// A value: copy it, share it between threads.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "schedules/cron_fields.h"

namespace protograph::internal {

class CronExpression {
 public:
  // kInvalidArgument for what is no expression, is longer than kMaxCronLength characters, or can
  // never fire (0 0 30 2 *). The text names the field, the piece of it and what is allowed.
  static absl::StatusOr<CronExpression> Parse(std::string_view text);

  // The first second that the expression means after `after`. Nothing once the years have more than
  // four digits; those before the year 1 are not looked at. No expression waits for more than 40
  // years (February 29 on a given day of the week, around 2100).
  std::optional<absl::CivilSecond> Next(absl::CivilSecond after) const;

  // In English: "every 15 minutes from 09:00 to 17:59 on weekdays in January and June".
  std::string Describe() const;

  // As it was given, without spaces around it.
  const std::string& text() const { return text_; }

  // Whether it runs as time passes and not by the clock on the wall, which matters where clocks are
  // changed: its minute or its hour begins with a star (cronie: MIN_STAR, HR_STAR).
  bool is_wildcard() const { return fields_.minute_star || fields_.hour_star; }

 private:
  CronExpression(std::string_view text, const CronFields& fields);

  bool CanFire() const;
  std::optional<absl::CivilDay> NextDay(absl::CivilDay day, bool or_this) const;
  std::optional<absl::CivilSecond> NextOn(absl::CivilDay day, int hour, int minute,
                                          int second) const;

  std::string text_;
  CronFields fields_;
  // Its days, by the length of the month (from 28) and the day of the week that the month begins
  // on: there are no other kinds of months.
  std::array<std::array<uint32_t, 7>, 4> days_ = {};
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_CRON_EXPRESSION_H_
