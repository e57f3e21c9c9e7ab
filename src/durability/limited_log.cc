#include "durability/limited_log.h"

#include <string>

#include "fmt/format.h"

namespace protograph::internal {

void LimitedLog::Warn(Kind kind, std::string_view message) {
  std::string text(message);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Line& line = lines_[static_cast<size_t>(kind)];
    const auto now = std::chrono::steady_clock::now();
    if (now < line.next) {
      ++line.left_out;
      return;
    }
    line.next = now + std::chrono::seconds(1);
    if (line.left_out > 0) text += fmt::format(" ({} more like this)", line.left_out);
    line.left_out = 0;
  }
  logger_.Log(LogLevel::kWarning, text);
}

}  // namespace protograph::internal
