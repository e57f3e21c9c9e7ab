#ifndef PROTOGRAPH_SRC_DURABILITY_LIMITED_LOG_H_
#define PROTOGRAPH_SRC_DURABILITY_LIMITED_LOG_H_

// A logger that says a kind of thing at most once a second, and how often it was left out since.

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "protograph/logger.h"

namespace protograph::internal {

class LimitedLog {
 public:
  enum class Kind { kStoreFailed, kDropped, kDamaged, kLost, kOwner, kSweep };

  // Null: nothing is said.
  explicit LimitedLog(Logger* logger) : logger_(logger != nullptr ? *logger : Logger::Null()) {}

  // Thread safe.
  void Warn(Kind kind, std::string_view message);

 private:
  struct Line {
    std::chrono::steady_clock::time_point next{};
    int64_t left_out = 0;
  };

  Logger& logger_;
  std::mutex mutex_;
  std::array<Line, 6> lines_;  // by kind
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_LIMITED_LOG_H_
