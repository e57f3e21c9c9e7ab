#include "random_cron.h"

#include <algorithm>
#include <cstdlib>

#include "fmt/format.h"

namespace protograph::test {
namespace {

struct Limits {
  int first;
  int last;
};
constexpr std::array<Limits, 6> kLimits = {{{0, 59}, {0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}};
constexpr std::array<const char*, 7> kDayNames = {"sun", "Mon", "TUE", "wed", "Thu", "FRI", "sat"};

int Draw(std::mt19937_64& random, int first, int last) {
  return std::uniform_int_distribution<int>(first, last)(random);
}

int WeekdayOf(absl::CivilDay day) { return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7; }
bool IsWorkingDay(absl::CivilDay day) { return WeekdayOf(day) % 6 != 0; }

absl::CivilDay LastOf(absl::CivilMonth month) { return absl::CivilDay(month + 1) - 1; }

bool IsNearestWorkingDay(absl::CivilDay day, int wanted) {
  const absl::CivilMonth month(day);
  if (wanted > LastOf(month).day()) return false;
  const absl::CivilDay target = absl::CivilDay(month) + (wanted - 1);
  for (const int distance : {0, -1, 1, -2, 2}) {
    const absl::CivilDay candidate = target + distance;
    if (absl::CivilMonth(candidate) == month && IsWorkingDay(candidate)) return candidate == day;
  }
  return false;
}

bool IsLastWorkingDay(absl::CivilDay day) {
  absl::CivilDay last = LastOf(absl::CivilMonth(day));
  while (!IsWorkingDay(last)) --last;
  return day == last;
}

int ValueOf(int field, absl::CivilSecond time) {
  const std::array<int, 6> values = {time.second(), time.minute(), time.hour(),
                                     time.day(),    time.month(),  WeekdayOf(absl::CivilDay(time))};
  return values[field];
}

}  // namespace

RandomCron::RandomCron(std::mt19937_64& random, Days days) : has_seconds_(Draw(random, 1, 4) == 1) {
  for (const Field field : {kSecond, kMinute, kHour, kDay, kMonth, kWeekday}) {
    std::vector<Piece>& pieces = fields_[field];
    if (field == kSecond && !has_seconds_) {
      pieces.push_back({"0", [](absl::CivilSecond time) { return time.second() == 0; }});
    } else if ((field >= kDay && days == Days::kEvery) ||
               Draw(random, 1, 10) <= (field < kDay ? 3 : 5)) {
      pieces.push_back({"*", [](absl::CivilSecond) { return true; }});
    } else {
      const int count = std::max(1, Draw(random, -3, 3));
      for (int i = 0; i < count; ++i) pieces.push_back(RandomPiece(field, random));
    }
  }
}

std::string RandomCron::text() const {
  std::string text;
  for (size_t field = has_seconds_ ? 0 : 1; field < fields_.size(); ++field) {
    for (size_t i = 0; i < fields_[field].size(); ++i) {
      text += (i != 0 ? "," : text.empty() ? "" : " ") + fields_[field][i].text;
    }
  }
  return text;
}

bool RandomCron::FieldMatches(Field field, absl::CivilSecond time) const {
  return std::any_of(fields_[field].begin(), fields_[field].end(),
                     [time](const Piece& piece) { return piece.matches(time); });
}

bool RandomCron::MatchesTimeOfDay(absl::CivilSecond time) const {
  return FieldMatches(kSecond, time) && FieldMatches(kMinute, time) && FieldMatches(kHour, time);
}

bool RandomCron::Matches(absl::CivilSecond time) const {
  if (!MatchesTimeOfDay(time) || !FieldMatches(kMonth, time)) return false;
  const bool by_day = FieldMatches(kDay, time);
  const bool by_weekday = FieldMatches(kWeekday, time);
  return BeginsWithStar(kDay) || BeginsWithStar(kWeekday) ? by_day && by_weekday
                                                          : by_day || by_weekday;
}

RandomCron::Piece RandomCron::RandomPiece(Field field, std::mt19937_64& random) {
  if (field == kDay && Draw(random, 1, 3) == 1) return RandomSpecialDay(random);
  if (field == kWeekday && Draw(random, 1, 3) == 1) return RandomSpecialWeekday(random);
  const auto [first, last] = kLimits[field];
  int low = Draw(random, first, last);
  int high = Draw(random, first, last);
  if (low > high) std::swap(low, high);
  const int step = Draw(random, 1, std::max(2, (last - first) / 2));
  std::string text;
  int end = last;
  int stride = step;
  switch (Draw(random, 0, 4)) {
    case 0:
      text = fmt::format("{}", low);
      end = low;
      break;
    case 1:
      text = fmt::format("{}-{}", low, high);
      end = high;
      stride = 1;
      break;
    case 2:
      text = fmt::format("{}-{}/{}", low, high, step);
      end = high;
      break;
    case 3:
      text = fmt::format("{}/{}", low, step);
      break;
    default:
      text = fmt::format("*/{}", step);
      low = first;
  }
  return {text, [field = field, low, end, stride](absl::CivilSecond time) {
            const auto has = [&](int value) {
              return value >= low && value <= end && (value - low) % stride == 0;
            };
            const int value = ValueOf(field, time);
            return has(value) || (field == kWeekday && value == 0 && has(7));
          }};
}

RandomCron::Piece RandomCron::RandomSpecialDay(std::mt19937_64& random) {
  const int number = Draw(random, 1, 30);
  const auto before_last = [](int days) {
    return [days](absl::CivilSecond time) {
      const absl::CivilDay day(time);
      return day + days == LastOf(absl::CivilMonth(day));
    };
  };
  switch (Draw(random, 0, 3)) {
    case 0:
      return {"L", before_last(0)};
    case 1:
      return {fmt::format("L-{}", number), before_last(number)};
    case 2:
      return {"LW", [](absl::CivilSecond time) { return IsLastWorkingDay(absl::CivilDay(time)); }};
    default:
      const int wanted = Draw(random, 1, 31);
      return {fmt::format("{}W", wanted), [wanted](absl::CivilSecond time) {
                return IsNearestWorkingDay(absl::CivilDay(time), wanted);
              }};
  }
}

RandomCron::Piece RandomCron::RandomSpecialWeekday(std::mt19937_64& random) {
  const int weekday = Draw(random, 0, 6);
  const auto is_weekday = [weekday](absl::CivilSecond time) {
    return WeekdayOf(absl::CivilDay(time)) == weekday;
  };
  if (Draw(random, 0, 1) == 0) {
    return {fmt::format("{}L", kDayNames[weekday]), [is_weekday](absl::CivilSecond time) {
              const absl::CivilDay day(time);
              return is_weekday(time) && absl::CivilMonth(day + 7) != absl::CivilMonth(day);
            }};
  }
  const int64_t nth = Draw(random, 1, 5);
  return {fmt::format("{}#{}", kDayNames[weekday], nth), [is_weekday, nth](absl::CivilSecond time) {
            const absl::CivilDay day(time);
            return is_weekday(time) &&
                   absl::CivilMonth(day - 7 * (nth - 1)) == absl::CivilMonth(day) &&
                   absl::CivilMonth(day - 7 * nth) != absl::CivilMonth(day);
          }};
}

}  // namespace protograph::test
