#include "schedules/interval_ticks.h"

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/numeric/int128.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

constexpr absl::Duration kMinInterval = absl::Seconds(1);

// Nothing where they are too many; rounded down.
std::optional<int64_t> MicrosOf(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  if (micros == std::numeric_limits<int64_t>::min() ||
      micros == std::numeric_limits<int64_t>::max()) {
    return std::nullopt;
  }
  return micros;
}

absl::int128 RoundedDown(absl::int128 dividend, int64_t divisor) {
  const absl::int128 quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

}  // namespace

absl::Status CheckInterval(absl::Duration every) {
  if (every < kMinInterval) {
    return absl::InvalidArgumentError(fmt::format("an interval of {} is too short: {} at least",
                                                  absl::FormatDuration(every),
                                                  absl::FormatDuration(kMinInterval)));
  }
  if (every == absl::InfiniteDuration() ||
      absl::ToInt64Microseconds(every) == std::numeric_limits<int64_t>::max()) {
    return absl::InvalidArgumentError(
        fmt::format("an interval of {} never ends", absl::FormatDuration(every)));
  }
  if (every != absl::Trunc(every, absl::Microseconds(1))) {
    return absl::InvalidArgumentError(
        fmt::format("an interval of {} is not of whole microseconds", absl::FormatDuration(every)));
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> NextIntervalTick(absl::Duration every, absl::Time anchor,
                                            absl::Time after) {
  if (absl::Status status = CheckInterval(every); !status.ok()) return status;
  const std::optional<int64_t> from = MicrosOf(anchor);
  const std::optional<int64_t> now = MicrosOf(after);
  if (!from.has_value() || !now.has_value()) {
    return absl::InvalidArgumentError(
        "an interval's anchor, and the time after which a tick is asked for, must not be infinite");
  }
  const int64_t step = absl::ToInt64Microseconds(every);
  const absl::int128 passed = RoundedDown(absl::int128(*now) - *from, step);
  const absl::int128 tick = *from + (passed + 1) * step;
  if (tick >= std::numeric_limits<int64_t>::max()) {
    return absl::OutOfRangeError(
        fmt::format("the next tick after {} of an interval of {} is too far "
                    "away",
                    absl::FormatTime(after, absl::UTCTimeZone()), absl::FormatDuration(every)));
  }
  return absl::FromUnixMicros(static_cast<int64_t>(tick));
}

}  // namespace protograph::internal
