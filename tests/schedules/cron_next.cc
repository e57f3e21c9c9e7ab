// Says when cron expressions fire, for check_croniter.py. A line of the standard input is a time
// zone, a time (in seconds since the epoch), a number of firings and an expression, with tabs
// between them. The line that answers it has the next firings after that time, in seconds, or the
// error.

#include <charconv>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "schedules/cron_expression.h"
#include "schedules/cron_ticks.h"
#include "schedules/text_pieces.h"
#include "schedules/time_zones.h"

namespace {

using ::protograph::internal::CronExpression;
using ::protograph::internal::NextTick;
using ::protograph::internal::ParseTimeZone;
using ::protograph::internal::SplitAt;

std::string Answer(std::string_view line) {
  const std::vector<std::string_view> words = SplitAt(line, '\t');
  int64_t after = 0;
  int count = 0;
  if (words.size() != 4 ||
      std::from_chars(words[1].begin(), words[1].end(), after).ec != std::errc() ||
      std::from_chars(words[2].begin(), words[2].end(), count).ec != std::errc()) {
    return "error: not a question";
  }
  const absl::StatusOr<absl::TimeZone> zone = ParseTimeZone(words[0]);
  if (!zone.ok()) return "error: " + std::string(zone.status().message());
  const absl::StatusOr<CronExpression> expression = CronExpression::Parse(words[3]);
  if (!expression.ok()) return "error: " + std::string(expression.status().message());

  std::string answer;
  std::optional<absl::Time> tick = absl::FromUnixSeconds(after);
  for (int i = 0; i < count; ++i) {
    tick = NextTick(*expression, *zone, *tick);
    if (!tick.has_value()) return answer + " never";
    answer += fmt::format("{}{}", i == 0 ? "" : " ", absl::ToUnixSeconds(*tick));
  }
  return answer;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << Answer(line) << '\n';
}
