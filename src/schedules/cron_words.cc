#include "schedules/cron_words.h"

#include <array>
#include <bit>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "schedules/cron_sets.h"

namespace protograph::internal {
namespace {

// More times than these are said by their fields.
constexpr int kMaxTimes = 6;
// Hours in more pieces than these are listed.
constexpr size_t kMaxRuns = 3;

constexpr std::array<std::string_view, 13> kMonthNames = {
    "",     "January", "February",  "March",   "April",    "May",     "June",
    "July", "August",  "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDayNames = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 6> kNth = {"",      "first",  "second",
                                                  "third", "fourth", "fifth"};
constexpr uint64_t kMondayToFriday = 0b0111110;

std::string NumberName(int value) { return std::to_string(value); }
std::string MonthName(int month) { return std::string(kMonthNames[month]); }

// Monday to Sunday.
std::vector<int> WeekdaysOf(uint64_t set) {
  std::vector<int> days = ValuesOf(set & ~uint64_t{1});
  if ((set & 1) != 0) days.push_back(0);
  return days;
}

// The times of the day.

std::string TimeName(const CronFields& fields, int hour, int minute, int second) {
  return fields.seconds == 1 ? fmt::format("{:02}:{:02}", hour, minute)
                             : fmt::format("{:02}:{:02}:{:02}", hour, minute, second);
}

// "from 09:00 to 11:59 and from 14:00 to 17:59"; nothing for all hours.
std::string WithinHours(uint64_t hours, std::string_view before_list) {
  if (hours == kAllHours) return "";
  const std::vector<Run> runs = RunsOf(hours);
  if (runs.size() > kMaxRuns) {
    return fmt::format("{}{}", before_list, Nouns(hours, "hour", NumberName));
  }
  std::vector<std::string> spans;
  for (const Run& run : runs) {
    spans.push_back(fmt::format("from {:02}:00 to {:02}:59", run.first, run.last));
  }
  return " " + JoinWords(spans, "and");
}

// "of each hour from 09:00 to 17:59"
std::string OfHours(uint64_t hours) {
  if (hours == kAllHours) return " of every hour";
  if (RunsOf(hours).size() > kMaxRuns) return " of " + Nouns(hours, "hour", NumberName);
  return (std::has_single_bit(hours) ? " of the hour" : " of each hour") + WithinHours(hours, "");
}

// "every 5 minutes", where the set goes on like that from one hour to the next.
std::string Rhythm(uint64_t set, std::string_view noun) {
  const int step = 60 / std::popcount(set);
  return step == 1 ? fmt::format("every {}", noun) : fmt::format("every {} {}s", step, noun);
}

bool IsRhythm(uint64_t set) {
  const std::optional<Progression> progression = ProgressionOf(set);
  return progression.has_value() && progression->first == 0 && 60 % progression->step == 0 &&
         progression->last + progression->step == 60;
}

std::string OnceAnHour(const CronFields& fields) {
  const int minute = std::countr_zero(fields.minutes);
  const int second = std::countr_zero(fields.seconds);
  if (fields.hours == kAllHours) {
    if (minute == 0 && second == 0) return "every hour";
    return fmt::format("at minute {}{} of every hour", minute,
                       second == 0 ? "" : fmt::format(" and second {}", second));
  }
  const std::optional<Progression> hours = ProgressionOf(fields.hours);
  if (hours.has_value() && std::popcount(fields.hours) > 3) {
    return fmt::format("every {} from {} to {}",
                       hours->step == 1 ? "hour" : fmt::format("{} hours", hours->step),
                       TimeName(fields, hours->first, minute, second),
                       TimeName(fields, hours->last, minute, second));
  }
  return "";
}

std::string ListOfTimes(const CronFields& fields) {
  std::vector<std::string> times;
  for (const int hour : ValuesOf(fields.hours)) {
    for (const int minute : ValuesOf(fields.minutes)) {
      for (const int second : ValuesOf(fields.seconds)) {
        times.push_back(TimeName(fields, hour, minute, second));
      }
    }
  }
  return "at " + JoinWords(times, "and");
}

std::string Minutes(const CronFields& fields) {
  if (IsRhythm(fields.minutes)) {
    return Rhythm(fields.minutes, "minute") + WithinHours(fields.hours, " in ");
  }
  return "at " + Nouns(fields.minutes, "minute", NumberName) + OfHours(fields.hours);
}

std::string Seconds(const CronFields& fields) {
  const bool is_rhythm = IsRhythm(fields.seconds);
  const std::string seconds = is_rhythm ? Rhythm(fields.seconds, "second")
                                        : "at " + Nouns(fields.seconds, "second", NumberName);
  if (fields.minutes == kAllMinutes) {
    return seconds + (is_rhythm ? "" : " of every minute") + WithinHours(fields.hours, " in ");
  }
  return seconds + (is_rhythm ? " in " : " of ") + Nouns(fields.minutes, "minute", NumberName) +
         OfHours(fields.hours);
}

std::string Times(const CronFields& fields) {
  const int minutes = std::popcount(fields.minutes);
  const int seconds = std::popcount(fields.seconds);
  if (minutes == 1 && seconds == 1) {
    std::string once_an_hour = OnceAnHour(fields);
    return once_an_hour.empty() ? ListOfTimes(fields) : once_an_hour;
  }
  if (std::popcount(fields.hours) * minutes * seconds <= kMaxTimes) return ListOfTimes(fields);
  return fields.seconds == 1 ? Minutes(fields) : Seconds(fields);
}

// The days.

class Days {
 public:
  explicit Days(const CronFields& fields)
      : fields_(fields), runs_(RunsOf(fields.months)), months_(Months()) {}

  std::string Words() const {
    const bool any_day = fields_.days == kAllDays;
    const bool any_weekday = fields_.weekdays == kAllWeekdays;
    const bool both = NeedsBothDays(fields_);
    if (both ? any_day && any_weekday : any_day || any_weekday) return EveryDay();
    if (both && any_day) return " " + JoinWords(ByWeekday(), "and");
    if (both && any_weekday) return " " + JoinWords(ByDay(), "and");
    if (both) {
      return fmt::format(" {}, if that is {}", JoinWords(ByDay(), "and"),
                         JoinWords(Conditions(), "or"));
    }
    std::vector<std::string> all = ByDay();
    for (std::string& words : ByWeekday()) all.push_back(std::move(words));
    return " " + JoinWords(all, "and");
  }

 private:
  bool every_month() const { return fields_.months == kAllMonths; }

  std::string Months() const { return Nouns(fields_.months, "month", MonthName, ""); }

  // "of each month", "of January and June"
  std::string OfMonths() const {
    if (every_month()) return "of each month";
    if (IsLongRun()) return "of each month from " + months_;
    return "of " + months_;
  }

  // Nothing for all months, " in January and June", " from January to March".
  std::string InMonths() const {
    if (every_month()) return "";
    return (IsLongRun() ? " from " : " in ") + months_;
  }

  // Which is said as "January to March".
  bool IsLongRun() const { return runs_.size() == 1 && runs_[0].last > runs_[0].first + 1; }

  std::string EveryDay() const {
    return (fields_.hours == kAllHours ? "" : " every day") + InMonths();
  }

  static std::string BeforeLast(int days) {
    if (days == 0) return "last day";
    return days == 1 ? "day before the last" : fmt::format("day {} days before the last", days);
  }

  std::vector<std::string> ByDay() const {
    std::vector<std::string> pieces;
    const std::string of_months = OfMonths();
    if (fields_.days != 0) {
      pieces.push_back(fmt::format("on {} {}", Nouns(fields_.days, "day", NumberName), of_months));
    }
    for (const int day : ValuesOf(fields_.nearest_working_days)) {
      pieces.push_back(fmt::format("on the weekday nearest to day {} {}", day, of_months));
    }
    for (const int before : ValuesOf(fields_.days_before_last)) {
      pieces.push_back(fmt::format("on the {} {}", BeforeLast(before), of_months));
    }
    if (fields_.last_working_day) pieces.push_back("on the last weekday " + of_months);
    return pieces;
  }

  std::vector<std::string> ByWeekday() const {
    std::vector<std::string> pieces;
    if (fields_.weekdays == kMondayToFriday) {
      pieces.push_back("on weekdays" + InMonths());
    } else if (fields_.weekdays != 0) {
      std::vector<std::string> names;
      for (const int day : WeekdaysOf(fields_.weekdays)) {
        names.push_back(fmt::format("{}s", kDayNames[day]));
      }
      pieces.push_back("on " + JoinWords(names, "and") + InMonths());
    }
    for (const std::string& day : SpecialWeekdays()) {
      pieces.push_back(fmt::format("on {} {}", day, OfMonths()));
    }
    return pieces;
  }

  std::vector<std::string> Conditions() const {
    std::vector<std::string> conditions;
    if (fields_.weekdays == kMondayToFriday) {
      conditions.emplace_back("a weekday");
    } else {
      for (const int day : WeekdaysOf(fields_.weekdays)) {
        conditions.push_back(fmt::format("a {}", kDayNames[day]));
      }
    }
    for (const std::string& day : SpecialWeekdays()) conditions.push_back(day + " of its month");
    return conditions;
  }

  // "the second Monday", "the last Friday"
  std::vector<std::string> SpecialWeekdays() const {
    std::vector<std::string> days;
    for (size_t nth = 1; nth < fields_.nth_weekdays.size(); ++nth) {
      for (const int day : WeekdaysOf(fields_.nth_weekdays[nth])) {
        days.push_back(fmt::format("the {} {}", kNth[nth], kDayNames[day]));
      }
    }
    for (const int day : WeekdaysOf(fields_.last_weekdays)) {
      days.push_back(fmt::format("the last {}", kDayNames[day]));
    }
    return days;
  }

  const CronFields& fields_;
  const std::vector<Run> runs_;
  const std::string months_;
};

}  // namespace

std::string DescribeCron(const CronFields& fields) { return Times(fields) + Days(fields).Words(); }

}  // namespace protograph::internal
