#include "schedules/cron_parser.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "schedules/cron_sets.h"
#include "schedules/text_pieces.h"

namespace protograph::internal {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SUN", "MON", "TUE", "WED",
                                                       "THU", "FRI", "SAT"};

struct FieldKind {
  std::string_view name;
  int first;
  int last;
  int count;  // of different values, which is the largest step too
  // Of the values from `first` on, where they have names.
  std::span<const std::string_view> names;
  std::string_view allowed;
};

constexpr FieldKind kSecond = {"second", 0, 59, 60, {}, "0-59"};
constexpr FieldKind kMinute = {"minute", 0, 59, 60, {}, "0-59"};
constexpr FieldKind kHour = {"hour", 0, 23, 24, {}, "0-23"};
constexpr FieldKind kDay = {"day of month", 1, 31, 31, {}, "1-31, L, L-3, 15W, LW"};
constexpr FieldKind kMonth = {"month", 1, 12, 12, kMonths, "1-12, JAN-DEC"};
constexpr FieldKind kWeekday = {
    "day of week", 0, 7, 7, kWeekdays, "0-7 (0 and 7 are Sunday), SUN-SAT, 5L, MON#2"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kMacros = {{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};

bool IsStar(std::string_view text) { return text == "*" || text == "?"; }
bool BeginsWithStar(std::string_view field) { return field[0] == '*' || field[0] == '?'; }

// Bounded, so that no number of any length overflows.
std::optional<int> ReadNumber(std::string_view text) {
  if (text.empty() || text.size() > 4 ||
      !std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) {
    return std::nullopt;
  }
  int number = 0;
  for (const char digit : text) number = number * 10 + (digit - '0');
  return number;
}

std::optional<int> ReadValue(const FieldKind& kind, std::string_view text) {
  for (size_t i = 0; i < kind.names.size(); ++i) {
    if (EqualsIgnoringCase(kind.names[i], text)) return kind.first + static_cast<int>(i);
  }
  const std::optional<int> number = ReadNumber(text);
  if (!number.has_value() || *number < kind.first || *number > kind.last) return std::nullopt;
  return number;
}

bool ConsumeSuffixIgnoringCase(std::string_view& text, std::string_view suffix) {
  if (!EndsWithIgnoringCase(text, suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// Reads one field of an expression into a set, and into what has a place of its own.
class FieldReader {
 public:
  FieldReader(std::string_view expression, const FieldKind& kind, CronFields& fields)
      : expression_(expression), kind_(kind), fields_(fields) {}

  absl::Status Read(std::string_view field, uint64_t& values) {
    for (const std::string_view piece : SplitAt(field, ',')) {
      if (piece.empty()) return Error(field, "a list has nothing between two commas");
      if (absl::StatusOr<bool> is_special = ReadSpecial(piece); !is_special.ok()) {
        return is_special.status();
      } else if (*is_special) {
        continue;
      }
      if (absl::Status status = ReadRange(piece, values); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Error(std::string_view piece, std::string_view what) const {
    return absl::InvalidArgumentError(
        fmt::format("cron expression \"{}\": {} \"{}\": {}; allowed are {}, *, and lists (1,2), "
                    "ranges (1-5) and steps (*/2) of these",
                    expression_, kind_.name, piece, what, kind_.allowed));
  }

  // Whether it is one of L, W and #.
  absl::StatusOr<bool> ReadSpecial(std::string_view piece) {
    if (&kind_ == &kDay) return ReadSpecialDay(piece);
    if (&kind_ == &kWeekday) return ReadSpecialWeekday(piece);
    return false;
  }

  absl::StatusOr<bool> ReadSpecialDay(std::string_view piece) {
    if (EqualsIgnoringCase(piece, "LW")) {
      fields_.last_working_day = true;
      return true;
    }
    std::string_view rest = piece;
    if (StartsWithIgnoringCase(piece, "L")) {
      rest.remove_prefix(1);
      std::optional<int> before_last = 0;
      if (rest.starts_with('-')) {
        rest.remove_prefix(1);
        before_last = ReadNumber(rest);
        if (before_last == 0) before_last = std::nullopt;
      } else if (!rest.empty()) {
        before_last = std::nullopt;
      }
      if (!before_last.has_value() || *before_last > 30) {
        return Error(piece, "after L may stand W, or the number of days before the last, 1-30");
      }
      fields_.days_before_last |= uint64_t{1} << *before_last;
      return true;
    }
    if (ConsumeSuffixIgnoringCase(rest, "W")) {
      const std::optional<int> day = ReadValue(kDay, rest);
      if (!day.has_value()) return Error(piece, "before W stands one day, 1-31, or L");
      fields_.nearest_working_days |= uint64_t{1} << *day;
      return true;
    }
    return false;
  }

  absl::StatusOr<bool> ReadSpecialWeekday(std::string_view piece) {
    std::string_view rest = piece;
    if (ConsumeSuffixIgnoringCase(rest, "L")) {
      const std::optional<int> weekday = ReadValue(kWeekday, rest);
      if (!weekday.has_value()) return Error(piece, "before L stands one day of the week");
      fields_.last_weekdays |= uint64_t{1} << (*weekday % 7);
      return true;
    }
    const size_t sharp = piece.find('#');
    if (sharp == std::string_view::npos) return false;
    const std::optional<int> weekday = ReadValue(kWeekday, piece.substr(0, sharp));
    const std::optional<int> nth = ReadNumber(piece.substr(sharp + 1));
    if (!weekday.has_value()) return Error(piece, "before # stands one day of the week");
    if (!nth.has_value() || *nth < 1 || *nth > 5) {
      return Error(piece, "after # stands which one of the month it is, 1-5");
    }
    fields_.nth_weekdays[*nth] |= uint64_t{1} << (*weekday % 7);
    return true;
  }

  // A value, a star or a range, and maybe a step.
  absl::Status ReadRange(std::string_view piece, uint64_t& values) {
    const size_t slash = piece.find('/');
    const std::string_view range = piece.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
      step = ReadNumber(piece.substr(slash + 1)).value_or(0);
      if (step < 1 || step > kind_.count) {
        return Error(piece, fmt::format("after / stands a step, 1-{}", kind_.count));
      }
    }
    int first = kind_.first;
    int last = kind_.last;
    if (const size_t dash = range.find('-'); dash != std::string_view::npos) {
      const std::optional<int> low = ReadValue(kind_, range.substr(0, dash));
      const std::optional<int> high = ReadValue(kind_, range.substr(dash + 1));
      if (!low.has_value() || !high.has_value()) {
        return Error(piece, "a range stands between two values");
      }
      first = *low;
      last = &kind_ == &kWeekday && *high == 0 && *low > 0 ? 7 : *high;
      if (first > last) return BackwardRange(piece, first, last);
    } else if (!IsStar(range)) {
      const std::optional<int> value = ReadValue(kind_, range);
      if (!value.has_value()) return Error(piece, "is none of its values");
      first = *value;
      if (slash == std::string_view::npos) last = first;
    }
    for (int value = first; value <= last; value += step) {
      values |= uint64_t{1} << (&kind_ == &kWeekday ? value % 7 : value);
    }
    return absl::OkStatus();
  }

  absl::Status BackwardRange(std::string_view piece, int low, int high) const {
    const int last = &kind_ == &kWeekday ? 6 : kind_.last;
    const std::string end = fmt::format("{}-{}", NameOf(kind_.first), NameOf(high));
    return Error(
        piece,
        fmt::format("a range goes from the smaller to the larger value: write {}",
                    low > last ? end : fmt::format("{}-{},{}", NameOf(low), NameOf(last), end)));
  }

  std::string NameOf(int value) const {
    return kind_.names.empty() ? std::to_string(value)
                               : std::string(kind_.names[value - kind_.first]);
  }

  const std::string_view expression_;
  const FieldKind& kind_;
  CronFields& fields_;
};

absl::Status WrongMacro(std::string_view text) {
  if (EqualsIgnoringCase(text, "@reboot")) {
    return absl::InvalidArgumentError(
        "cron expression \"@reboot\": a schedule belongs to no machine whose start it could wait "
        "for: submit a job when your program starts");
  }
  if (StartsWithIgnoringCase(text, "@every")) {
    return absl::InvalidArgumentError(
        fmt::format("cron expression \"{}\": says an interval, which schedules take as a duration "
                    "of its own and not as an expression",
                    text));
  }
  std::vector<std::string> names;
  for (const auto& [name, meaning] : kMacros) names.emplace_back(name);
  return absl::InvalidArgumentError(
      fmt::format("cron expression \"{}\": is none of {}", text, JoinWords(names, "and")));
}

absl::Status WrongCount(std::string_view text, size_t count) {
  return absl::InvalidArgumentError(fmt::format(
      "cron expression \"{}\": has {} {}: five are needed (minute, hour, day of month, month, day "
      "of week), or six with the second first",
      text, count, count == 1 ? "field" : "fields"));
}

}  // namespace

absl::StatusOr<CronFields> ParseCron(std::string_view text) {
  if (text.size() > kMaxCronLength) {
    return absl::InvalidArgumentError(
        fmt::format("a cron expression of {} characters is too long: at most {} are allowed",
                    text.size(), kMaxCronLength));
  }
  const auto odd = std::find_if(text.begin(), text.end(),
                                [](char c) { return !absl::ascii_isprint(c) && c != '\t'; });
  if (odd != text.end()) {
    return absl::InvalidArgumentError(
        fmt::format("a cron expression has the byte 0x{:02x} at position {}: it consists of "
                    "printable ASCII characters",
                    static_cast<unsigned char>(*odd), std::distance(text.begin(), odd)));
  }
  text = Trimmed(text);
  std::string_view meaning = text;
  if (text.starts_with('@')) {
    const auto* const macro = std::find_if(
        kMacros.begin(), kMacros.end(),
        [text](const auto& candidate) { return EqualsIgnoringCase(candidate.first, text); });
    if (macro == kMacros.end()) return WrongMacro(text);
    meaning = macro->second;
  }

  std::vector<std::string_view> words = WordsOf(meaning);
  if (!words.empty() && words[0].find('=') != std::string_view::npos) {
    return absl::InvalidArgumentError(
        fmt::format("cron expression \"{}\": \"{}\" is no field of it: a schedule's time zone is "
                    "given beside the expression",
                    text, words[0]));
  }
  if (words.size() != 5 && words.size() != 6) return WrongCount(text, words.size());

  CronFields fields;
  if (words.size() == 6) {
    fields.seconds = 0;
    absl::Status status = FieldReader(text, kSecond, fields).Read(words[0], fields.seconds);
    if (!status.ok()) return status;
    words.erase(words.begin());
  }
  const std::array<std::pair<const FieldKind*, uint64_t*>, 5> targets = {{
      {&kMinute, &fields.minutes},
      {&kHour, &fields.hours},
      {&kDay, &fields.days},
      {&kMonth, &fields.months},
      {&kWeekday, &fields.weekdays},
  }};
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto& [kind, values] = targets[i];
    absl::Status status = FieldReader(text, *kind, fields).Read(words[i], *values);
    if (!status.ok()) return status;
  }
  fields.minute_star = BeginsWithStar(words[0]);
  fields.hour_star = BeginsWithStar(words[1]);
  fields.day_star = BeginsWithStar(words[2]);
  fields.weekday_star = BeginsWithStar(words[4]);
  return fields;
}

}  // namespace protograph::internal
