// Ticks that lie equally far apart.

#include "schedules/interval_ticks.h"

#include <limits>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using ::protograph::internal::CheckInterval;
using ::protograph::internal::NextIntervalTick;
using ::testing::HasSubstr;

const absl::Time kAnchor = absl::FromUnixSeconds(1'700'000'000);

TEST(IntervalTicks, AreAtTheAnchorAfterItAndBeforeIt) {
  const absl::Duration every = absl::Minutes(10);
  const auto next = [every](absl::Duration after) {
    return NextIntervalTick(every, kAnchor, kAnchor + after).value() - kAnchor;
  };
  EXPECT_EQ(next(absl::ZeroDuration()), every);
  EXPECT_EQ(next(absl::Microseconds(1)), every);
  EXPECT_EQ(next(every - absl::Microseconds(1)), every);
  EXPECT_EQ(next(every), 2 * every);
  EXPECT_EQ(next(1000 * every), 1001 * every);
  EXPECT_EQ(next(-absl::Microseconds(1)), absl::ZeroDuration());
  EXPECT_EQ(next(-every + absl::Microseconds(1)), absl::ZeroDuration());
  EXPECT_EQ(next(-every), absl::ZeroDuration());
  EXPECT_EQ(next(-every - absl::Microseconds(1)), -every);
  EXPECT_EQ(next(-2 * every), -every);
}

TEST(IntervalTicks, AreExactForCenturies) {
  const absl::Duration every = absl::Microseconds(1'000'001);
  const absl::Time after = kAnchor + 10'000'000'000 * every;
  EXPECT_EQ(NextIntervalTick(every, kAnchor, after).value(), after + every);
  EXPECT_EQ(NextIntervalTick(every, kAnchor, after - absl::Microseconds(1)).value(), after);
}

TEST(IntervalTicks, CutOffWhatIsBelowAMicrosecond) {
  const absl::Duration every = absl::Seconds(1);
  EXPECT_EQ(NextIntervalTick(every, kAnchor, kAnchor - absl::Nanoseconds(1)).value(), kAnchor);
  EXPECT_EQ(NextIntervalTick(every, kAnchor, kAnchor + absl::Nanoseconds(1)).value(),
            kAnchor + every);
  EXPECT_EQ(NextIntervalTick(every, kAnchor + absl::Nanoseconds(999), kAnchor).value(),
            kAnchor + every);
}

TEST(IntervalTicks, AreTheFirstAfterATime) {
  constexpr uint64_t kSeed = 20261;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  std::uniform_int_distribution<int64_t> micros(-4'000'000'000'000'000, 4'000'000'000'000'000);
  std::uniform_int_distribution<int64_t> steps(1'000'000, 1'000'000'000'000);
  for (int i = 0; i < 100'000; ++i) {
    const absl::Duration every = absl::Microseconds(steps(random));
    const absl::Time anchor = absl::FromUnixMicros(micros(random));
    const absl::Time after = absl::FromUnixMicros(micros(random));
    const absl::Time tick = NextIntervalTick(every, anchor, after).value();
    ASSERT_GT(tick, after);
    ASSERT_LE(tick - every, after);
    ASSERT_EQ((tick - anchor) % every, absl::ZeroDuration());
  }
}

TEST(IntervalTicks, AreASecondApartAtLeast) {
  EXPECT_TRUE(CheckInterval(absl::Seconds(1)).ok());
  EXPECT_TRUE(CheckInterval(absl::Milliseconds(1500)).ok());
  for (const absl::Duration every : {absl::Seconds(1) - absl::Microseconds(1), absl::ZeroDuration(),
                                     absl::Seconds(-5), -absl::InfiniteDuration()}) {
    EXPECT_EQ(CheckInterval(every).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(NextIntervalTick(every, kAnchor, kAnchor).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(CheckInterval(absl::Milliseconds(10)).message(),
            "an interval of 10ms is too short: 1s at least");
}

TEST(IntervalTicks, RefuseWhatNoIntegersHold) {
  EXPECT_THAT(std::string(CheckInterval(absl::Seconds(1) + absl::Nanoseconds(1)).message()),
              HasSubstr("whole microseconds"));
  EXPECT_THAT(std::string(CheckInterval(absl::InfiniteDuration()).message()),
              HasSubstr("never ends"));
  EXPECT_FALSE(CheckInterval(absl::Seconds(std::numeric_limits<int64_t>::max())).ok());
  for (const absl::Time time : {absl::InfinitePast(), absl::InfiniteFuture()}) {
    EXPECT_EQ(NextIntervalTick(absl::Seconds(1), time, kAnchor).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(NextIntervalTick(absl::Seconds(1), kAnchor, time).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  const absl::Time last = absl::FromUnixMicros(std::numeric_limits<int64_t>::max() - 1);
  EXPECT_EQ(NextIntervalTick(absl::Hours(1), kAnchor, last).status().code(),
            absl::StatusCode::kOutOfRange);
  const absl::Time first = absl::FromUnixMicros(std::numeric_limits<int64_t>::min() + 1);
  EXPECT_TRUE(NextIntervalTick(absl::Hours(1), last, first).ok());
}

}  // namespace
