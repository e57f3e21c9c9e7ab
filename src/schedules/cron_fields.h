#ifndef PROTOGRAPH_SRC_SCHEDULES_CRON_FIELDS_H_
#define PROTOGRAPH_SRC_SCHEDULES_CRON_FIELDS_H_

// What the fields of a cron expression say, as sets: bit n stands for the value n.

#include <array>
#include <cstdint>

namespace protograph::internal {

constexpr uint64_t kAllMinutes = (uint64_t{1} << 60) - 1;  // and all seconds
constexpr uint64_t kAllHours = (uint64_t{1} << 24) - 1;
constexpr uint64_t kAllDays = ((uint64_t{1} << 31) - 1) << 1;    // 1 to 31
constexpr uint64_t kAllMonths = ((uint64_t{1} << 12) - 1) << 1;  // 1 to 12
constexpr uint64_t kAllWeekdays = (uint64_t{1} << 7) - 1;        // Sunday is 0

struct CronFields {
  uint64_t seconds = 1;
  uint64_t minutes = 0;
  uint64_t hours = 0;
  uint64_t months = 0;

  // What is said of the day of the month.
  uint64_t days = 0;
  uint64_t days_before_last = 0;      // L is 0, L-3 is 3
  uint64_t nearest_working_days = 0;  // 15W is 15
  bool last_working_day = false;      // LW

  // What is said of the day of the week.
  uint64_t weekdays = 0;
  uint64_t last_weekdays = 0;                 // 5L is 5
  std::array<uint64_t, 6> nth_weekdays = {};  // MON#2 is 1 in [2]

  // Which fields begin with a star.
  bool minute_star = false;
  bool hour_star = false;
  bool day_star = false;
  bool weekday_star = false;
};

// Whether a day has to be in both fields of days, instead of in one of them.
inline bool NeedsBothDays(const CronFields& fields) {
  return fields.day_star || fields.weekday_star;
}

// The days, as a set, on which the expression fires in a month of `length` days that begins on
// `first_weekday` (Sunday is 0), if it is one of the expression's months.
uint32_t DaysOfMonth(const CronFields& fields, int length, int first_weekday);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_CRON_FIELDS_H_
