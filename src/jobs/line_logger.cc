#include "jobs/line_logger.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarning:
      return "WARNING";
    case LogLevel::kError:
      return "ERROR";
  }
  return "ERROR";
}

}  // namespace

void LineLogger::Log(LogLevel level, std::string_view message) {
  if (level < least_) return;
  // What a database or a step says may have several lines.
  const std::string line = fmt::format(
      "{} {} {}\n", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()),
      NameOf(level), absl::StrReplaceAll(std::string(message), {{"\n", "\\n"}, {"\r", "\\r"}}));
  // One call, so that lines stay whole. A log that nobody can read is no reason to stop.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace protograph::internal
