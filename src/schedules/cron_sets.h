#ifndef PROTOGRAPH_SRC_SCHEDULES_CRON_SETS_H_
#define PROTOGRAPH_SRC_SCHEDULES_CRON_SETS_H_

// The sets of CronFields, taken apart and put into words.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace protograph::internal {

std::vector<int> ValuesOf(uint64_t set);

// Values that follow one another.
struct Run {
  int first;
  int last;
};
std::vector<Run> RunsOf(uint64_t set);

struct Progression {
  int first;
  int last;
  int step;
};
// What the set is if it has two values at least, all of them equally far from the next.
std::optional<Progression> ProgressionOf(uint64_t set);

// "a", "a and b", "a, b and c"
std::string JoinWords(const std::vector<std::string>& words, std::string_view conjunction);

// "minute 5", "minutes 1, 5 to 9 and 30", "every 2nd minute from 0 to 58". What is no progression
// is said with `plural`, where one is given, instead of the noun with an s.
std::string Nouns(uint64_t set, std::string_view noun, const std::function<std::string(int)>& name,
                  std::optional<std::string_view> plural = std::nullopt);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_CRON_SETS_H_
