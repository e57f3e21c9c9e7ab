#include "schedules/cron_sets.h"

#include <bit>
#include <cstddef>

#include "fmt/format.h"

namespace protograph::internal {
namespace {

// Fewer values are listed.
constexpr int kMinProgression = 4;

std::string Ordinal(int number) {
  std::string_view suffix = "th";
  if (number / 10 != 1) {
    if (number % 10 == 1) suffix = "st";
    if (number % 10 == 2) suffix = "nd";
    if (number % 10 == 3) suffix = "rd";
  }
  return fmt::format("{}{}", number, suffix);
}

}  // namespace

std::vector<int> ValuesOf(uint64_t set) {
  std::vector<int> values;
  for (; set != 0; set &= set - 1) values.push_back(std::countr_zero(set));
  return values;
}

std::vector<Run> RunsOf(uint64_t set) {
  std::vector<Run> runs;
  for (const int value : ValuesOf(set)) {
    if (!runs.empty() && runs.back().last + 1 == value) {
      runs.back().last = value;
    } else {
      runs.push_back({value, value});
    }
  }
  return runs;
}

std::optional<Progression> ProgressionOf(uint64_t set) {
  const std::vector<int> values = ValuesOf(set);
  if (values.size() < 2) return std::nullopt;
  const int step = values[1] - values[0];
  for (size_t i = 2; i < values.size(); ++i) {
    if (values[i] - values[i - 1] != step) return std::nullopt;
  }
  return Progression{values.front(), values.back(), step};
}

std::string JoinWords(const std::vector<std::string>& words, std::string_view conjunction) {
  if (words.empty()) return "";
  std::string joined = words.front();
  for (size_t i = 1; i < words.size(); ++i) {
    joined += i + 1 < words.size() ? ", " : fmt::format(" {} ", conjunction);
    joined += words[i];
  }
  return joined;
}

std::string Nouns(uint64_t set, std::string_view noun, const std::function<std::string(int)>& name,
                  std::optional<std::string_view> plural) {
  const std::optional<Progression> progression = ProgressionOf(set);
  if (progression.has_value() && progression->step > 1 && std::popcount(set) >= kMinProgression) {
    return fmt::format("every {} {} from {} to {}", Ordinal(progression->step), noun,
                       name(progression->first), name(progression->last));
  }
  std::vector<std::string> pieces;
  for (const Run& run : RunsOf(set)) {
    if (run.last > run.first + 1) {
      pieces.push_back(fmt::format("{} to {}", name(run.first), name(run.last)));
    } else {
      pieces.push_back(name(run.first));
      if (run.last != run.first) pieces.push_back(name(run.last));
    }
  }
  const std::string list = JoinWords(pieces, "and");
  if (plural.has_value()) return plural->empty() ? list : fmt::format("{} {}", *plural, list);
  return fmt::format("{}{} {}", noun, std::has_single_bit(set) ? "" : "s", list);
}

}  // namespace protograph::internal
