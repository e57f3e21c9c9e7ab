#include "schedules/cron_expression.h"

#include <algorithm>
#include <bit>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "schedules/cron_parser.h"
#include "schedules/cron_words.h"
#include "schedules/text_pieces.h"

namespace protograph::internal {
namespace {

constexpr absl::civil_year_t kLastYear = 9999;
constexpr int kNone = 64;

bool IsLeapYear(absl::civil_year_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int LengthOf(int month, bool in_leap_year) {
  constexpr std::array<int, 13> kLengths = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && in_leap_year ? 29 : kLengths[month];
}

// Sunday is 0.
int WeekdayOf(absl::CivilDay day) { return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7; }

// The smallest value of the set that is not smaller; kNone where there is none.
int AtOrAfter(uint64_t set, int value) {
  if (value >= kNone) return kNone;
  return std::countr_zero(set >> value << value);
}

}  // namespace

CronExpression::CronExpression(std::string_view text, const CronFields& fields)
    : text_(text), fields_(fields) {
  for (int length = 28; length <= 31; ++length) {
    for (int weekday = 0; weekday < 7; ++weekday) {
      days_[length - 28][weekday] = DaysOfMonth(fields, length, weekday);
    }
  }
}

absl::StatusOr<CronExpression> CronExpression::Parse(std::string_view text) {
  absl::StatusOr<CronFields> fields = ParseCron(text);
  if (!fields.ok()) return fields.status();
  CronExpression expression(Trimmed(text), *fields);
  if (!expression.CanFire()) {
    return absl::InvalidArgumentError(
        fmt::format("cron expression \"{}\" can never fire: there is no such day in its months",
                    expression.text_));
  }
  return expression;
}

// Each month, February of leap years too, begins on each day of the week in some year.
bool CronExpression::CanFire() const {
  for (int month = 1; month <= 12; ++month) {
    if ((fields_.months >> month & 1) == 0) continue;
    for (const bool in_leap_year : {false, true}) {
      for (const uint32_t days : days_[LengthOf(month, in_leap_year) - 28]) {
        if (days != 0) return true;
      }
    }
  }
  return false;
}

std::optional<absl::CivilSecond> CronExpression::Next(absl::CivilSecond after) const {
  if (after >= absl::CivilSecond(kLastYear, 12, 31, 23, 59, 59)) return std::nullopt;
  const absl::CivilSecond from = std::max(after, absl::CivilSecond(0, 12, 31, 23, 59, 59)) + 1;
  std::optional<absl::CivilDay> day = NextDay(absl::CivilDay(from), /*or_this=*/true);
  if (day == absl::CivilDay(from)) {
    const std::optional<absl::CivilSecond> today =
        NextOn(*day, from.hour(), from.minute(), from.second());
    if (today.has_value()) return today;
    day = NextDay(*day, /*or_this=*/false);
  }
  return day.has_value() ? NextOn(*day, 0, 0, 0) : std::nullopt;
}

std::optional<absl::CivilDay> CronExpression::NextDay(absl::CivilDay day, bool or_this) const {
  absl::civil_year_t year = day.year();
  int month = day.month();
  bool is_leap_year = IsLeapYear(year);
  int first_weekday = WeekdayOf(absl::CivilDay(absl::CivilMonth(day)));
  int from = day.day() + (or_this ? 0 : 1);
  while (true) {
    const int length = LengthOf(month, is_leap_year);
    if ((fields_.months >> month & 1) != 0) {
      const int found = AtOrAfter(days_[length - 28][first_weekday], from);
      if (found != kNone) return absl::CivilDay(year, month, found);
    }
    from = 1;
    first_weekday = (first_weekday + length) % 7;
    if (++month > 12) {
      month = 1;
      is_leap_year = IsLeapYear(++year);
      if (year > kLastYear) return std::nullopt;
    }
  }
}

// The first second of the day from that time on, if the expression means any.
std::optional<absl::CivilSecond> CronExpression::NextOn(absl::CivilDay day, int hour, int minute,
                                                        int second) const {
  const auto at = [day](int h, int m, int s) {
    return absl::CivilSecond(day.year(), day.month(), day.day(), h, m, s);
  };
  const int first_second = AtOrAfter(fields_.seconds, 0);
  if (AtOrAfter(fields_.hours, hour) == hour) {
    if (AtOrAfter(fields_.minutes, minute) == minute) {
      const int next_second = AtOrAfter(fields_.seconds, second);
      if (next_second != kNone) return at(hour, minute, next_second);
    }
    const int next_minute = AtOrAfter(fields_.minutes, minute + 1);
    if (next_minute != kNone) return at(hour, next_minute, first_second);
  }
  const int next_hour = AtOrAfter(fields_.hours, hour + 1);
  if (next_hour == kNone) return std::nullopt;
  return at(next_hour, AtOrAfter(fields_.minutes, 0), first_second);
}

std::string CronExpression::Describe() const { return DescribeCron(fields_); }

}  // namespace protograph::internal
