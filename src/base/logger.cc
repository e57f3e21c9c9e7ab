#include "protograph/logger.h"

namespace protograph {
namespace {

class NullLogger final : public Logger {
 public:
  void Log(LogLevel /*level*/, std::string_view /*message*/) override {}
};

}  // namespace

Logger& Logger::Null() {
  static auto& logger = *new NullLogger;
  return logger;
}

}  // namespace protograph
