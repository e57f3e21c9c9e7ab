#ifndef PROTOGRAPH_LOGGER_H_
#define PROTOGRAPH_LOGGER_H_

// Logger: where steps write what a person should read. Bind it to the logging library of the
// program; without one, messages are dropped.

#include <string_view>

namespace protograph {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Implementations are thread safe: steps that run side by side share the logger.
class Logger {
 public:
  virtual ~Logger() = default;

  virtual void Log(LogLevel level, std::string_view message) = 0;

  // Drops every message. Lives for ever.
  static Logger& Null();
};

}  // namespace protograph

#endif  // PROTOGRAPH_LOGGER_H_
