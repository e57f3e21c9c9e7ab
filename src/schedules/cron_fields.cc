#include "schedules/cron_fields.h"

#include <algorithm>

namespace protograph::internal {
namespace {

struct Month {
  int length;
  int first_weekday;

  int WeekdayOf(int day) const { return (first_weekday + day - 1) % 7; }
  bool IsWorkingDay(int day) const { return WeekdayOf(day) != 0 && WeekdayOf(day) != 6; }

  // As in Quartz: it does not leave the month.
  int NearestWorkingDay(int day) const {
    switch (WeekdayOf(day)) {
      case 6:
        return day == 1 ? day + 2 : day - 1;
      case 0:
        return day == length ? day - 2 : day + 1;
      default:
        return day;
    }
  }
  int LastWorkingDay() const {
    int day = length;
    while (!IsWorkingDay(day)) --day;
    return day;
  }
};

bool Has(uint64_t set, int value) { return (set >> value & 1) != 0; }

uint64_t DaysByDay(const CronFields& fields, const Month& month) {
  uint64_t days = fields.days & ((uint64_t{2} << month.length) - 1);
  for (int day = 1; day <= month.length; ++day) {
    if (Has(fields.days_before_last, month.length - day)) days |= uint64_t{1} << day;
    if (Has(fields.nearest_working_days, day)) days |= uint64_t{1} << month.NearestWorkingDay(day);
  }
  if (fields.last_working_day) days |= uint64_t{1} << month.LastWorkingDay();
  return days;
}

uint64_t DaysByWeekday(const CronFields& fields, const Month& month) {
  uint64_t days = 0;
  for (int day = 1; day <= month.length; ++day) {
    const int weekday = month.WeekdayOf(day);
    const int nth = (day - 1) / 7 + 1;
    const bool is_last = day + 7 > month.length;
    if (Has(fields.weekdays, weekday) || Has(fields.nth_weekdays[nth], weekday) ||
        (is_last && Has(fields.last_weekdays, weekday))) {
      days |= uint64_t{1} << day;
    }
  }
  return days;
}

}  // namespace

uint32_t DaysOfMonth(const CronFields& fields, int length, int first_weekday) {
  const Month month = {length, first_weekday};
  const uint64_t by_day = DaysByDay(fields, month);
  const uint64_t by_weekday = DaysByWeekday(fields, month);
  return static_cast<uint32_t>(NeedsBothDays(fields) ? by_day & by_weekday : by_day | by_weekday);
}

}  // namespace protograph::internal
