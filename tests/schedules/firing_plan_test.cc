// Which ticks a schedule fires, whenever somebody comes to look.

#include "schedules/firing_plan.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "schedules/proto_time.h"

namespace protograph::tests {
namespace {

using internal::DurationProtoOf;
using internal::FiringPlan;
using internal::PlanFiring;
using internal::ScheduleTicks;
using internal::TimestampOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, &time, &error)) << error;
  return time;
}

constexpr int64_t kMostTicks = 500;

class FiringPlanTest : public ::testing::Test {
 protected:
  FiringPlanTest() {
    record_.name = "hourly";
    record_.definition.set_cron("0 * * * *");
    record_.is_planned = true;
    record_.next_tick = At("2026-03-01 10:00:00");
    record_.last_tick = At("2026-03-01 09:00:00");
    record_.changed_at = At("2026-02-01 00:00:00");
  }

  FiringPlan PlanAt(const std::string& now) const {
    absl::StatusOr<ScheduleTicks> ticks = ScheduleTicks::Make(record_.definition);
    EXPECT_TRUE(ticks.ok()) << ticks.status();
    return PlanFiring(record_, *ticks, At(now), kMostTicks);
  }

  ScheduleDefinition& definition() { return record_.definition; }

  ScheduleRecord record_;
};

TEST_F(FiringPlanTest, ATickIsFiredWhenItsTimeHasCome) {
  const FiringPlan plan = PlanAt("2026-03-01 10:00:00.02");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-01 10:00:00")));
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 11:00:00")));
  EXPECT_EQ(plan.due_at, At("2026-03-01 11:00:00"));
  EXPECT_EQ(plan.missed, 0);
}

TEST_F(FiringPlanTest, WhoLooksTooEarlyFiresNothing) {
  const FiringPlan plan = PlanAt("2026-03-01 09:59:59.9");
  EXPECT_THAT(plan.ticks, IsEmpty());
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 10:00:00")));
  EXPECT_EQ(plan.due_at, At("2026-03-01 10:00:00"));
}

TEST_F(FiringPlanTest, ANewScheduleBeginsWithTheFirstTickAfterItWasMade) {
  record_.is_planned = false;
  record_.next_tick.reset();
  record_.last_tick.reset();
  record_.changed_at = At("2026-03-01 12:00:00");
  const FiringPlan plan = PlanAt("2026-03-01 12:00:03");
  EXPECT_THAT(plan.ticks, IsEmpty());
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 13:00:00")));
}

TEST_F(FiringPlanTest, AChangedScheduleFiresNoTickAgain) {
  record_.is_planned = false;
  record_.last_tick = At("2026-03-01 13:00:00");
  record_.changed_at = At("2026-03-01 12:30:00");
  EXPECT_THAT(PlanAt("2026-03-01 13:00:01").next_tick, Optional(At("2026-03-01 14:00:00")));
}

TEST_F(FiringPlanTest, OneThatWasMadeBetweenItsTickAndTheLookDoesNotLoseIt) {
  record_.is_planned = false;
  record_.last_tick.reset();
  record_.changed_at = At("2026-03-01 12:59:59");
  const FiringPlan plan = PlanAt("2026-03-01 13:00:04");
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 13:00:00")));
  EXPECT_EQ(plan.due_at, At("2026-03-01 13:00:00"));
}

TEST_F(FiringPlanTest, SkippingFiresTheLastTickForAMinute) {
  FiringPlan plan = PlanAt("2026-03-01 14:01:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-01 14:00:00")));
  EXPECT_EQ(plan.missed, 4);
  plan = PlanAt("2026-03-01 14:01:00.1");
  EXPECT_THAT(plan.ticks, IsEmpty());
  EXPECT_EQ(plan.missed, 5);
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 15:00:00")));
}

TEST_F(FiringPlanTest, RunningOnceFiresTheLastTickHoweverLate) {
  definition().set_missed_ticks(ScheduleDefinition::RUN_ONCE);
  const FiringPlan plan = PlanAt("2026-03-15 14:20:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-15 14:00:00")));
  EXPECT_EQ(plan.missed, 14 * 24 + 4);
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-15 15:00:00")));
}

TEST_F(FiringPlanTest, RunningAllFiresEachTick) {
  definition().set_missed_ticks(ScheduleDefinition::RUN_ALL);
  const FiringPlan plan = PlanAt("2026-03-01 12:30:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-01 10:00:00"), At("2026-03-01 11:00:00"),
                                      At("2026-03-01 12:00:00")));
  EXPECT_EQ(plan.missed, 0);
}

TEST_F(FiringPlanTest, ManyMissedTicksAreFiredInTurns) {
  definition().set_missed_ticks(ScheduleDefinition::RUN_ALL);
  definition().set_cron("* * * * * *");
  FiringPlan plan = PlanAt("2026-03-01 10:20:00");
  ASSERT_THAT(plan.ticks, SizeIs(500));
  EXPECT_EQ(plan.ticks.front(), At("2026-03-01 10:00:00"));
  EXPECT_EQ(plan.ticks.back(), At("2026-03-01 10:08:19"));
  // Which is long ago, so that the next turn comes at once.
  EXPECT_EQ(plan.due_at, At("2026-03-01 10:08:20"));
}

TEST_F(FiringPlanTest, RunningThoseOfAWindowGivesUpOlderOnes) {
  definition().set_missed_ticks(ScheduleDefinition::RUN_WINDOW);
  *definition().mutable_missed_window() = DurationProtoOf(absl::Hours(2));
  const FiringPlan plan = PlanAt("2026-03-01 15:00:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-01 13:00:00"), At("2026-03-01 14:00:00"),
                                      At("2026-03-01 15:00:00")));
  EXPECT_EQ(plan.missed, 3);
}

TEST_F(FiringPlanTest, TwoWeeksOfSecondsAreNoWork) {
  definition().set_cron("* * * * * *");
  const FiringPlan plan = PlanAt("2026-03-15 10:00:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-15 10:00:00")));
  // Counted up to there.
  EXPECT_EQ(plan.missed, 100'000);
}

TEST_F(FiringPlanTest, NoTickIsAfterTheEndOrBeforeTheStart) {
  *definition().mutable_end() = TimestampOf(At("2026-03-01 10:30:00"));
  FiringPlan plan = PlanAt("2026-03-01 10:00:00");
  EXPECT_THAT(plan.ticks, SizeIs(1));
  EXPECT_EQ(plan.next_tick, std::nullopt);
  EXPECT_EQ(plan.due_at, absl::InfiniteFuture());

  definition().clear_end();
  *definition().mutable_start() = TimestampOf(At("2026-05-01 00:00:00"));
  record_.is_planned = false;
  EXPECT_THAT(PlanAt("2026-03-01 10:00:00").next_tick, Optional(At("2026-05-01 00:00:00")));
}

TEST_F(FiringPlanTest, AScheduleEndsAfterItsLastRun) {
  definition().set_missed_ticks(ScheduleDefinition::RUN_ALL);
  definition().set_most_runs(5);
  record_.runs = 3;
  EXPECT_THAT(PlanAt("2026-03-01 18:00:00").ticks, SizeIs(2));
  record_.runs = 5;
  const FiringPlan plan = PlanAt("2026-03-01 18:00:00");
  EXPECT_THAT(plan.ticks, IsEmpty());
  EXPECT_EQ(plan.next_tick, std::nullopt);
}

TEST_F(FiringPlanTest, APendingTickIsFiredOnceTheJobBeforeHasEnded) {
  record_.pending_tick = At("2026-03-01 09:00:00");
  record_.is_last_job_live = true;
  EXPECT_THAT(PlanAt("2026-03-01 09:10:00").ticks, IsEmpty());
  record_.is_last_job_live = false;
  const FiringPlan plan = PlanAt("2026-03-01 09:10:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-01 09:00:00")));
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 10:00:00")));
}

TEST_F(FiringPlanTest, APendingTickIsFiredWhenTheScheduleIsPlannedAnew) {
  record_.is_planned = false;
  record_.changed_at = At("2026-03-01 09:05:00");
  record_.pending_tick = At("2026-03-01 09:00:00");
  const FiringPlan plan = PlanAt("2026-03-01 09:10:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-01 09:00:00")));
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 10:00:00")));
}

TEST_F(FiringPlanTest, APendingTickCountsAmongTheRuns) {
  definition().set_most_runs(4);
  record_.runs = 3;
  record_.pending_tick = At("2026-03-01 09:00:00");
  const FiringPlan plan = PlanAt("2026-03-01 10:00:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-03-01 09:00:00")));
  EXPECT_THAT(plan.next_tick, Optional(At("2026-03-01 10:00:00")));
}

TEST_F(FiringPlanTest, ABackfillIsBoundedInRateAndEnds) {
  definition().set_cron("* * * * *");
  Backfill& backfill = *definition().mutable_backfill();
  backfill.set_schedule("hourly");
  *backfill.mutable_from() = TimestampOf(At("2026-02-01 00:00:00"));
  *backfill.mutable_to() = TimestampOf(At("2026-02-01 00:05:00"));
  backfill.set_jobs_per_minute(120);
  record_.is_planned = false;
  record_.next_tick.reset();
  record_.last_tick.reset();
  FiringPlan plan = PlanAt("2026-03-01 10:00:00");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-02-01 00:00:00"), At("2026-02-01 00:01:00")));
  EXPECT_EQ(plan.due_at, At("2026-03-01 10:00:01"));
  EXPECT_FALSE(plan.is_over);
  record_.is_planned = true;
  record_.next_tick = At("2026-02-01 00:04:00");
  plan = PlanAt("2026-03-01 10:00:02");
  EXPECT_THAT(plan.ticks, ElementsAre(At("2026-02-01 00:04:00")));
  EXPECT_TRUE(plan.is_over);
}

TEST_F(FiringPlanTest, ASlowBackfillMakesOneJobAtATime) {
  definition().set_cron("* * * * *");
  Backfill& backfill = *definition().mutable_backfill();
  *backfill.mutable_from() = TimestampOf(At("2026-02-01 00:00:00"));
  *backfill.mutable_to() = TimestampOf(At("2026-02-02 00:00:00"));
  backfill.set_jobs_per_minute(2);
  record_.next_tick.reset();
  const FiringPlan plan = PlanAt("2026-03-01 10:00:00");
  EXPECT_THAT(plan.ticks, SizeIs(1));
  EXPECT_EQ(plan.due_at, At("2026-03-01 10:00:30"));
}

TEST_F(FiringPlanTest, IntervalsGoOnFromTheirAnchor) {
  definition().clear_cron();
  *definition().mutable_interval() = DurationProtoOf(absl::Minutes(90));
  *definition().mutable_anchor() = TimestampOf(At("2026-03-01 00:15:00"));
  record_.is_planned = false;
  record_.last_tick.reset();
  record_.changed_at = At("2026-03-01 10:00:00");
  EXPECT_THAT(PlanAt("2026-03-01 10:00:00").next_tick, Optional(At("2026-03-01 10:45:00")));
}

// Whatever the times at which somebody looks, each tick is fired once, or given up.
TEST_F(FiringPlanTest, EachTickIsFiredOrMissedOnce) {
  for (const auto missed :
       {ScheduleDefinition::SKIP, ScheduleDefinition::RUN_ONCE, ScheduleDefinition::RUN_ALL}) {
    definition().set_cron("*/20 * * * * *");
    definition().set_missed_ticks(missed);
    record_.next_tick = At("2026-03-01 10:00:00");
    absl::Time now = At("2026-03-01 10:00:00");
    const absl::Time begin = now;
    int64_t fired = 0;
    int64_t given_up = 0;
    absl::Time last = absl::InfinitePast();
    for (int step = 0; step < 500; ++step) {
      absl::StatusOr<ScheduleTicks> ticks = ScheduleTicks::Make(record_.definition);
      const FiringPlan plan = PlanFiring(record_, *ticks, now, kMostTicks);
      for (const absl::Time tick : plan.ticks) {
        EXPECT_GT(tick, last);
        EXPECT_LE(tick, now);
        last = tick;
      }
      fired += static_cast<int64_t>(plan.ticks.size());
      given_up += plan.missed;
      record_.next_tick = plan.next_tick;
      now += absl::Milliseconds(step * step * 7 % 200'000);
    }
    const int64_t all = (*record_.next_tick - begin) / absl::Seconds(20);
    EXPECT_EQ(fired + given_up, all) << missed;
    EXPECT_GT(fired, 100) << missed;
  }
}

}  // namespace
}  // namespace protograph::tests
