// What cron expressions mean and when they fire, against looking at each second or minute.

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "random_cron.h"
#include "schedules/cron_expression.h"
#include "schedules/cron_ticks.h"
#include "schedules/text_pieces.h"
#include "schedules/time_zones.h"

namespace {

using ::absl::CivilDay;
using ::absl::CivilSecond;
using ::protograph::internal::CronExpression;
using ::protograph::internal::NextTick;
using ::protograph::internal::ParseTimeZone;
using ::protograph::internal::SplitAt;
using ::protograph::test::RandomCron;

constexpr uint64_t kSeed = 20261;
constexpr int kSecondsOfDay = 24 * 60 * 60;

int64_t Draw(std::mt19937_64& random, int64_t first, int64_t last) {
  return std::uniform_int_distribution<int64_t>(first, last)(random);
}

// Next, by looking at each second of the day, and then at each day.
class NextByLooking {
 public:
  explicit NextByLooking(const RandomCron& cron) : cron_(cron) {
    while (!cron_.MatchesTimeOfDay(CivilSecond(2000, 1, 1) + first_second_)) ++first_second_;
  }

  // Each kind of month occurs in these years.
  bool CanFire() const {
    CivilDay day(2000, 1, 1);
    while (day.year() < 2040 && !FiresOn(day)) ++day;
    return day.year() < 2040;
  }

  // Of what can fire.
  CivilSecond After(CivilSecond after) const {
    CivilDay day(after);
    if (FiresOn(day)) {
      for (CivilSecond time = after + 1; CivilDay(time) == day; ++time) {
        if (cron_.Matches(time)) return time;
      }
    }
    do {
      ++day;
    } while (!FiresOn(day));
    return CivilSecond(day) + first_second_;
  }

 private:
  bool FiresOn(CivilDay day) const { return cron_.Matches(CivilSecond(day) + first_second_); }

  const RandomCron& cron_;
  int64_t first_second_ = 0;
};

TEST(CronNext, IsWhatLookingAtEachSecondFinds) {
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  int never = 0;
  int compared = 0;
  for (int i = 0; i < 1'500; ++i) {
    const RandomCron cron(random);
    const NextByLooking looking(cron);
    const absl::StatusOr<CronExpression> expression = CronExpression::Parse(cron.text());
    ASSERT_EQ(expression.ok(), looking.CanFire()) << cron.text() << expression.status();
    if (!expression.ok()) {
      ++never;
      continue;
    }
    ASSERT_EQ(expression->is_wildcard(), cron.is_wildcard()) << cron.text();
    CivilSecond after =
        CivilSecond(1990, 1, 1) + Draw(random, 0, int64_t{60} * 365 * kSecondsOfDay);
    for (int firing = 0; firing < 2; ++firing) {
      const CivilSecond expected = looking.After(after);
      ASSERT_EQ(expression->Next(after), expected) << cron.text() << " after " << after;
      ++compared;
      // Whatever is asked for in between has the same answer.
      ASSERT_EQ(expression->Next(after + Draw(random, 0, expected - after - 1)), expected)
          << cron.text();
      after = expected;
    }
  }
  EXPECT_GT(never, 0);
  EXPECT_GT(compared, 2'000);
}

// Instants at which a zone's clock is changed, by names of zones.
struct Change {
  std::string zone_name;
  absl::TimeZone zone;
  absl::Time time;
  absl::Duration shift;
};

// The zones of the machine, or at least the odd ones.
std::vector<std::string> ZoneNames() {
  std::vector<std::string> names = {"Africa/Casablanca", "America/New_York",    "America/Santiago",
                                    "America/St_Johns",  "Asia/Beirut",         "Asia/Kathmandu",
                                    "Asia/Manila",       "Australia/Lord_Howe", "Europe/Dublin",
                                    "Europe/London",     "Pacific/Apia",        "Pacific/Chatham",
                                    "Pacific/Kwajalein", "Antarctica/Troll"};
  std::ifstream table("/usr/share/zoneinfo/zone1970.tab");
  for (std::string line; std::getline(table, line);) {
    const std::vector<std::string_view> columns = SplitAt(line, '\t');
    if (!line.starts_with('#') && columns.size() >= 3) names.emplace_back(columns[2]);
  }
  return names;
}

std::vector<Change> AllChanges() {
  std::vector<Change> changes;
  for (const std::string& name : ZoneNames()) {
    const absl::TimeZone zone = ParseTimeZone(name).value();
    absl::Time time = absl::InfinitePast();
    absl::TimeZone::CivilTransition change;
    const absl::Time end = absl::FromCivil(CivilSecond(2045, 1, 1), absl::UTCTimeZone());
    while (zone.NextTransition(time, &change)) {
      const absl::TimeZone::TimeInfo to = zone.At(change.to);
      time = to.kind == absl::TimeZone::TimeInfo::REPEATED ? to.trans : to.pre;
      if (time > end) break;
      changes.push_back({name, zone, time, absl::Seconds(change.to - change.from)});
    }
  }
  return changes;
}

// The ticks in a time, by going through it step by step. What the clock has shown at most divides
// the times that are meant into those that have been and those that are to come, as in cron.
std::vector<absl::Time> TicksByWalking(const RandomCron& cron, absl::TimeZone zone,
                                       absl::Time begin, absl::Time end, int64_t step) {
  std::vector<absl::Time> ticks;
  CivilSecond latest = CivilSecond::min();
  // From some time before, as the clock may have been changed shortly before too.
  for (absl::Time time = begin - absl::Hours(50); time <= end; time += absl::Seconds(step)) {
    const CivilSecond clock = zone.At(time).cs;
    bool fires = false;
    if (time > begin && cron.is_wildcard()) {
      fires = cron.Matches(clock);
    } else if (time > begin) {
      for (CivilSecond meant = clock; meant > latest && !fires; meant -= step) {
        fires = cron.Matches(meant);
      }
    }
    latest = std::max(latest, clock);
    if (fires) ticks.push_back(time);
  }
  return ticks;
}

TEST(CronTicks, AreWhatWalkingThroughEachChangeOfAClockFinds) {
  SCOPED_TRACE(kSeed);
  constexpr int kChanges = 1'000;
  std::mt19937_64 random(kSeed);
  std::vector<Change> changes = AllChanges();
  ASSERT_GT(changes.size(), 100);
  std::shuffle(changes.begin(), changes.end(), random);
  changes.resize(std::min<size_t>(changes.size(), kChanges));
  int ticks = 0;
  for (const Change& change : changes) {
    const RandomCron cron(random, RandomCron::Days::kEvery);
    const CronExpression expression = CronExpression::Parse(cron.text()).value();
    const absl::Duration margin = absl::AbsDuration(change.shift) + absl::Hours(2);
    const absl::Time begin = change.time - margin;
    const absl::Time end = change.time + margin;
    const bool by_minute = !cron.has_seconds() && absl::ToUnixSeconds(change.time) % 60 == 0 &&
                           change.zone.At(begin).offset % 60 == 0 &&
                           change.zone.At(change.time).offset % 60 == 0;
    const std::vector<absl::Time> expected =
        TicksByWalking(cron, change.zone, begin, end, by_minute ? 60 : 1);

    std::vector<absl::Time> found;
    std::optional<absl::Time> tick = begin;
    while ((tick = NextTick(expression, change.zone, *tick)).has_value() && *tick <= end) {
      ASSERT_TRUE(found.empty() || found.back() < *tick) << cron.text() << change.zone_name;
      found.push_back(*tick);
    }
    ASSERT_EQ(found, expected) << cron.text() << " in " << change.zone_name << " around "
                               << change.time;
    ticks += static_cast<int>(found.size());

    // From anywhere.
    for (int i = 0; i < 10; ++i) {
      const absl::Time after =
          begin + absl::Milliseconds(Draw(random, 0, absl::ToInt64Milliseconds(end - begin)));
      const auto first = std::upper_bound(expected.begin(), expected.end(), after);
      if (first == expected.end()) continue;
      ASSERT_EQ(NextTick(expression, change.zone, after), *first)
          << cron.text() << " in " << change.zone_name << " after " << after;
    }
  }
  EXPECT_GT(ticks, 10'000);
}

}  // namespace
