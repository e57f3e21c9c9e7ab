#ifndef PROTOGRAPH_SRC_JOBS_LINE_LOGGER_H_
#define PROTOGRAPH_SRC_JOBS_LINE_LOGGER_H_

#include <string_view>

#include "protograph/logger.h"

namespace protograph::internal {

// Writes each message to standard error as one line: time, level, message. Lines of several threads
// and processes do not mix.
class LineLogger final : public Logger {
 public:
  // Messages below `least` are dropped.
  explicit LineLogger(LogLevel least) : least_(least) {}

  void Log(LogLevel level, std::string_view message) override;

 private:
  const LogLevel least_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_LINE_LOGGER_H_
