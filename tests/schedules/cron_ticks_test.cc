// When cron expressions fire where clocks are changed.

#include "schedules/cron_ticks.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "schedules/cron_expression.h"
#include "schedules/time_zones.h"

namespace {

using ::protograph::internal::CronExpression;
using ::protograph::internal::NextTick;
using ::protograph::internal::ParseTimeZone;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr char kFormat[] = "%Y-%m-%d %H:%M:%S%Ez";

absl::Time TimeOf(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(kFormat, text, &time, &error)) << error;
  return time;
}

std::vector<std::string> Ticks(std::string_view cron, std::string_view zone_name, absl::Time after,
                               size_t count) {
  const absl::TimeZone zone = ParseTimeZone(zone_name).value();
  const CronExpression expression = CronExpression::Parse(cron).value();
  std::vector<std::string> ticks;
  std::optional<absl::Time> tick = after;
  while (ticks.size() < count && (tick = NextTick(expression, zone, *tick)).has_value()) {
    ticks.push_back(absl::FormatTime(kFormat, *tick, zone));
  }
  return ticks;
}

struct Case {
  std::string_view cron;
  std::string_view zone;
  std::string after;
  std::vector<std::string> ticks;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_THAT(Ticks(c.cron, c.zone, TimeOf(c.after), c.ticks.size()), ElementsAreArray(c.ticks))
        << c.cron << " in " << c.zone << " after " << c.after;
  }
}

TEST(CronTicks, AreAtTheTimesOfTheZone) {
  Check({
      {"30 2 * * *", "UTC", "2026-03-06 10:00:00+00:00", {"2026-03-07 02:30:00+00:00"}},
      {"30 2 * * *",
       "Asia/Kathmandu",
       "2026-03-06 10:00:00+00:00",
       {"2026-03-07 02:30:00+05:45", "2026-03-08 02:30:00+05:45"}},
      {"*/30 * * * *",
       "Asia/Kathmandu",
       "2026-03-06 10:00:00+00:00",
       {"2026-03-06 16:00:00+05:45", "2026-03-06 16:30:00+05:45"}},
      {"0 9 * * MON-FRI",
       "America/New_York",
       "2026-03-06 13:59:59+00:00",
       {"2026-03-06 09:00:00-05:00", "2026-03-09 09:00:00-04:00"}},
  });
}

TEST(CronTicks, OfAFixedTimeThatIsSkippedAreWhereTheClockIsPutForward) {
  Check({
      // 02:00 is followed by 03:00.
      {"30 2 * * *",
       "Europe/Berlin",
       "2026-03-28 00:00:00+01:00",
       {"2026-03-28 02:30:00+01:00", "2026-03-29 03:00:00+02:00", "2026-03-30 02:30:00+02:00"}},
      {"30 2 * * *", "Europe/Berlin", "2026-03-29 03:00:00+02:00", {"2026-03-30 02:30:00+02:00"}},
      // Several are one.
      {"0,20,40 2 * * *",
       "Europe/Berlin",
       "2026-03-29 00:00:00+01:00",
       {"2026-03-29 03:00:00+02:00", "2026-03-30 02:00:00+02:00"}},
      // And one with what is meant for that instant.
      {"30 2,3 * * *",
       "Europe/Berlin",
       "2026-03-29 00:00:00+01:00",
       {"2026-03-29 03:00:00+02:00", "2026-03-29 03:30:00+02:00"}},
      {"0 2,3 * * *",
       "Europe/Berlin",
       "2026-03-29 00:00:00+01:00",
       {"2026-03-29 03:00:00+02:00", "2026-03-30 02:00:00+02:00"}},
      // A star for the second leaves the time of day fixed.
      {"* 59 1,2 * * *",
       "Europe/Berlin",
       "2026-03-29 01:59:58+01:00",
       {"2026-03-29 01:59:59+01:00", "2026-03-29 03:00:00+02:00", "2026-03-30 01:59:00+02:00"}},
      // 02:00 is followed by 02:30.
      {"15 2 * * *",
       "Australia/Lord_Howe",
       "2026-10-03 12:00:00+10:30",
       {"2026-10-04 02:30:00+11:00", "2026-10-05 02:15:00+11:00"}},
      // 02:45 by 03:45.
      {"0 3 * * *",
       "Pacific/Chatham",
       "2026-09-26 12:00:00+12:45",
       {"2026-09-27 03:45:00+13:45", "2026-09-28 03:00:00+13:45"}},
      // Midnight does not exist.
      {"0 0 * * *",
       "America/Santiago",
       "2026-09-05 12:00:00-04:00",
       {"2026-09-06 01:00:00-03:00", "2026-09-07 00:00:00-03:00"}},
      {"@daily",
       "Asia/Beirut",
       "2022-03-26 12:00:00+02:00",
       {"2022-03-27 01:00:00+03:00", "2022-03-28 00:00:00+03:00"}},
      {"0 0 6 9 *", "America/Santiago", "2026-01-01 00:00:00-03:00", {"2026-09-06 01:00:00-03:00"}},
  });
}

TEST(CronTicks, OfAFixedTimeThatExistsTwiceAreAtTheFirst) {
  Check({
      // 03:00 is followed by 02:00.
      {"30 2 * * *",
       "Europe/Berlin",
       "2026-10-25 00:00:00+02:00",
       {"2026-10-25 02:30:00+02:00", "2026-10-26 02:30:00+01:00"}},
      {"0,30 2,3 * * *",
       "Europe/Berlin",
       "2026-10-25 00:00:00+02:00",
       {"2026-10-25 02:00:00+02:00", "2026-10-25 02:30:00+02:00", "2026-10-25 03:00:00+01:00"}},
      {"30 2 * * *", "Europe/Berlin", "2026-10-25 02:10:00+01:00", {"2026-10-26 02:30:00+01:00"}},
      // 02:00 by 01:30.
      {"45 1 * * *",
       "Australia/Lord_Howe",
       "2026-04-04 12:00:00+11:00",
       {"2026-04-05 01:45:00+11:00", "2026-04-06 01:45:00+10:30"}},
      // Midnight by 23:00 of the day before.
      {"30 23 * * *",
       "America/Santiago",
       "2026-04-04 12:00:00-03:00",
       {"2026-04-04 23:30:00-03:00", "2026-04-05 23:30:00-04:00"}},
      {"0 0 * * *",
       "America/Santiago",
       "2026-04-04 12:00:00-03:00",
       {"2026-04-05 00:00:00-04:00", "2026-04-06 00:00:00-04:00"}},
      // An hour that is listed is fixed, in cron too.
      {"0 0-23 * * *",
       "Europe/Berlin",
       "2026-10-25 01:30:00+02:00",
       {"2026-10-25 02:00:00+02:00", "2026-10-25 03:00:00+01:00"}},
  });
}

TEST(CronTicks, OfAnExpressionWithAStarGoByTheTimeThatPasses) {
  Check({
      {"*/30 * * * *",
       "Europe/Berlin",
       "2026-10-25 01:59:00+02:00",
       {"2026-10-25 02:00:00+02:00", "2026-10-25 02:30:00+02:00", "2026-10-25 02:00:00+01:00",
        "2026-10-25 02:30:00+01:00", "2026-10-25 03:00:00+01:00"}},
      {"*/30 * * * *",
       "Europe/Berlin",
       "2026-03-29 01:29:00+01:00",
       {"2026-03-29 01:30:00+01:00", "2026-03-29 03:00:00+02:00"}},
      {"30 * * * *",
       "Europe/Berlin",
       "2026-03-29 01:00:00+01:00",
       {"2026-03-29 01:30:00+01:00", "2026-03-29 03:30:00+02:00"}},
      // Only what comes in the second of two equal hours.
      {"10 * * * *",
       "Europe/Berlin",
       "2026-10-25 02:50:00+02:00",
       {"2026-10-25 02:10:00+01:00", "2026-10-25 03:10:00+01:00"}},
      {"* 2 * * *",
       "Europe/Berlin",
       "2026-10-25 02:59:00+02:00",
       {"2026-10-25 02:00:00+01:00", "2026-10-25 02:01:00+01:00"}},
      {"* 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00+01:00", {"2026-03-30 02:00:00+02:00"}},
      {"0 */2 * * *",
       "Europe/Berlin",
       "2026-03-29 00:00:00+01:00",
       {"2026-03-29 04:00:00+02:00", "2026-03-29 06:00:00+02:00"}},
      {"*/20 * * * *",
       "Australia/Lord_Howe",
       "2026-04-05 01:20:00+11:00",
       {"2026-04-05 01:40:00+11:00", "2026-04-05 01:40:00+10:30", "2026-04-05 02:00:00+10:30"}},
      {"0 * * * *",
       "Australia/Lord_Howe",
       "2026-10-04 00:30:00+10:30",
       {"2026-10-04 01:00:00+10:30", "2026-10-04 03:00:00+11:00"}},
      {"0 * * * *",
       "Pacific/Chatham",
       "2026-09-27 01:30:00+12:45",
       {"2026-09-27 02:00:00+12:45", "2026-09-27 04:00:00+13:45"}},
      // From one second time to another first.
      {"*/30 2 * 10 SUNL",
       "Europe/Berlin",
       "2026-10-25 02:45:00+01:00",
       {"2027-10-31 02:00:00+02:00", "2027-10-31 02:30:00+02:00", "2027-10-31 02:00:00+01:00"}},
      // A whole day that does not exist, with every second of it.
      {"* * * * * *",
       "Pacific/Apia",
       "2011-12-29 23:59:58-10:00",
       {"2011-12-29 23:59:59-10:00", "2011-12-31 00:00:00+14:00"}},
      {"* * 30 12 *", "Pacific/Apia", "2011-12-29 00:00:00-10:00", {"2012-12-30 00:00:00+14:00"}},
  });
}

TEST(CronTicks, AreNotLostWithADayThatIsSkipped) {
  Check({
      {"0 9 30 * *",
       "Pacific/Apia",
       "2011-12-01 00:00:00-10:00",
       {"2011-12-31 00:00:00+14:00", "2012-01-30 09:00:00+14:00"}},
      {"0 9 * * *",
       "Pacific/Apia",
       "2011-12-29 00:00:00-10:00",
       {"2011-12-29 09:00:00-10:00", "2011-12-31 00:00:00+14:00", "2011-12-31 09:00:00+14:00"}},
      {"0 12 * * *",
       "Pacific/Kwajalein",
       "1993-08-20 00:00:00-12:00",
       {"1993-08-20 12:00:00-12:00", "1993-08-22 00:00:00+12:00", "1993-08-22 12:00:00+12:00"}},
      // And not repeated with one that exists twice: Kwajalein, 1969.
      {"0 12 * * *",
       "Pacific/Kwajalein",
       "1969-09-30 11:00:00+11:00",
       {"1969-09-30 12:00:00+11:00", "1969-10-01 12:00:00-12:00"}},
  });
}

TEST(CronTicks, AreInZonesWhoseFirstChangeHadSeconds) {
  // New York put its clocks back from 12:03:58 to 12:00:00 in 1883, at this time.
  const absl::Time change = absl::FromUnixSeconds(-2'717'650'800);
  const absl::TimeZone zone = ParseTimeZone("America/New_York").value();
  const CronExpression noon = CronExpression::Parse("0 12 * * *").value();
  EXPECT_EQ(NextTick(noon, zone, change - absl::Hours(1)), change - absl::Seconds(238));
  EXPECT_EQ(NextTick(noon, zone, change), change + absl::Hours(24));
  const CronExpression each_minute = CronExpression::Parse("* * * * *").value();
  EXPECT_EQ(NextTick(each_minute, zone, change - absl::Minutes(1)), change - absl::Seconds(58));
  EXPECT_EQ(NextTick(each_minute, zone, change - absl::Seconds(58)), change);
}

TEST(CronTicks, FollowTheRulesOfAZoneForEver) {
  Check({
      {"30 2 * * *",
       "Europe/Berlin",
       "2600-03-29 12:00:00+01:00",
       {"2600-03-30 03:00:00+02:00", "2600-03-31 02:30:00+02:00"}},
      {"*/30 2 * * *",
       "Europe/Berlin",
       "9998-10-25 01:00:00+02:00",
       {"9998-10-25 02:00:00+02:00", "9998-10-25 02:30:00+02:00", "9998-10-25 02:00:00+01:00",
        "9998-10-25 02:30:00+01:00", "9998-10-26 02:00:00+01:00"}},
  });
}

TEST(CronTicks, AreLaterThanWhatTheyAreAskedFor) {
  EXPECT_THAT(
      Ticks("* * * * * *", "UTC", TimeOf("2026-03-06 10:00:00+00:00") + absl::Nanoseconds(1), 1),
      ElementsAre("2026-03-06 10:00:01+00:00"));
  EXPECT_THAT(
      Ticks("* * * * * *", "UTC", TimeOf("2026-03-06 10:00:00+00:00") - absl::Nanoseconds(1), 1),
      ElementsAre("2026-03-06 10:00:00+00:00"));
  EXPECT_THAT(Ticks("0 10 * * *", "UTC", TimeOf("2026-03-06 10:00:00+00:00"), 1),
              ElementsAre("2026-03-07 10:00:00+00:00"));
  // Before 1970 too.
  EXPECT_THAT(Ticks("* * * * * *", "UTC", absl::UnixEpoch() - absl::Milliseconds(1500), 2),
              ElementsAre("1969-12-31 23:59:59+00:00", "1970-01-01 00:00:00+00:00"));
}

TEST(CronTicks, EndWithTheYear9999) {
  EXPECT_THAT(Ticks("0 0 L 12 *", "Europe/Berlin", TimeOf("9999-01-01 00:00:00+00:00"), 2),
              ElementsAre("9999-12-31 00:00:00+01:00"));
  EXPECT_THAT(Ticks("* * * * *", "Asia/Tokyo", absl::InfiniteFuture(), 1), ElementsAre());
  EXPECT_THAT(Ticks("0 0 * * *", "UTC", absl::InfiniteFuture(), 1), ElementsAre());
  EXPECT_THAT(Ticks("0 0 * * *", "UTC", absl::InfinitePast(), 1),
              ElementsAre("1-01-01 00:00:00+00:00"));
  EXPECT_THAT(Ticks("* * * * *", "UTC", absl::InfinitePast(), 1),
              ElementsAre("1-01-01 00:00:00+00:00"));
}

}  // namespace
