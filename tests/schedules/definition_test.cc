// What can be scheduled.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/jobs/schedules.h"
#include "protograph/testing/testing.h"
#include "schedules/proto_time.h"

namespace protograph::tests {
namespace {

using internal::DurationOf;
using internal::TimeOf;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

JobInputs Inputs() {
  JobInputs inputs;
  inputs.add_inputs()->set_type("movie_tagging.MovieId");
  inputs.mutable_inputs(0)->set_json("{}");
  return inputs;
}

absl::StatusOr<ScheduleDefinition> Make(const Schedule& schedule) {
  return MakeScheduleDefinition("movies", "movie_tagging.TagSet", Inputs(), schedule);
}

TEST(ScheduleDefinitionTest, KeepsEverythingThatIsSaid) {
  Schedule schedule = {.cron = "30 3 * * *",
                       .time_zone = "Europe/Berlin",
                       .start = absl::FromUnixSeconds(1'000'000'000),
                       .end = absl::FromUnixSeconds(2'000'000'000),
                       .jitter = absl::Seconds(90),
                       .most_runs = 7,
                       .missed = MissedTicks::kRunWindow,
                       .missed_window = absl::Hours(3),
                       .overlap = Overlap::kQueueOne,
                       .pause_after_failures = 4};
  schedule.job.queue = "slow";
  schedule.job.metadata = {{"team", "films"}};
  const absl::StatusOr<ScheduleDefinition> definition = Make(schedule);
  ASSERT_THAT(definition, IsOk());
  EXPECT_EQ(definition->cron(), "30 3 * * *");
  EXPECT_EQ(definition->time_zone(), "Europe/Berlin");
  EXPECT_EQ(TimeOf(definition->start()), schedule.start);
  EXPECT_EQ(TimeOf(definition->end()), schedule.end);
  EXPECT_EQ(DurationOf(definition->jitter()), schedule.jitter);
  EXPECT_EQ(definition->most_runs(), 7);
  EXPECT_EQ(definition->missed_ticks(), ScheduleDefinition::RUN_WINDOW);
  EXPECT_EQ(DurationOf(definition->missed_window()), schedule.missed_window);
  EXPECT_EQ(definition->overlap(), ScheduleDefinition::OVERLAP_QUEUE_ONE);
  EXPECT_EQ(definition->pause_after_failures(), 4);
  EXPECT_EQ(definition->queue(), "slow");
  EXPECT_EQ(definition->metadata(), R"({"team":"films"})");
}

TEST(ScheduleDefinitionTest, EverythingThatIsWrongIsSaidAtOnce) {
  EXPECT_THAT(
      Make({.cron = "61 * * * *", .most_runs = -1, .pause_after_failures = -1}),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("61"), HasSubstr("most_runs"), HasSubstr("pause_after_failures"))));
}

TEST(ScheduleDefinitionTest, EitherAnExpressionOrAnInterval) {
  for (const Schedule& schedule :
       {Schedule{}, Schedule{.cron = "* * * * *", .interval = absl::Hours(1)}}) {
    EXPECT_THAT(Make(schedule), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("either")));
  }
  EXPECT_THAT(Make({.interval = absl::Milliseconds(500)}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ScheduleDefinitionTest, ZonesThatThereAreNotAreRefused) {
  EXPECT_THAT(Make({.cron = "* * * * *", .time_zone = "Mars/Olympus"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Mars/Olympus")));
}

TEST(ScheduleDefinitionTest, AWindowGoesWithItsPolicy) {
  EXPECT_THAT(Make({.cron = "* * * * *", .missed = MissedTicks::kRunWindow}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("window")));
  EXPECT_THAT(Make({.cron = "* * * * *", .missed_window = absl::Hours(1)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("window")));
}

TEST(ScheduleDefinitionTest, JobsHaveNoTimeAndNoUniqueKeyOfTheirOwn) {
  Schedule schedule = {.cron = "* * * * *"};
  schedule.job.unique_key = "one";
  EXPECT_THAT(Make(schedule), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("unique")));
  schedule.job.unique_key = "";
  schedule.job.delay = absl::Seconds(1);
  EXPECT_THAT(Make(schedule), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ScheduleDefinitionTest, TemplatesAndJobsAreChecked) {
  JobInputs inputs = Inputs();
  inputs.mutable_inputs(0)->set_json(R"({"id": "{{tomorrow}}"})");
  EXPECT_THAT(MakeScheduleDefinition("movies", "TagSet", inputs, {.cron = "* * * * *"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tomorrow")));
  Schedule schedule = {.cron = "* * * * *"};
  schedule.job.priority = 5000;
  EXPECT_THAT(Make(schedule), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("priority")));
}

TEST(UpcomingTicksTest, AreThoseOfTheZone) {
  const absl::StatusOr<ScheduleDefinition> definition =
      Make({.cron = "30 2 * * *", .time_zone = "Europe/Berlin"});
  ASSERT_THAT(definition, IsOk());
  // 2026-03-28 12:00 UTC; the next night has no 02:30.
  EXPECT_THAT(UpcomingTicks(*definition, absl::FromUnixSeconds(1774699200), 2),
              IsOkAndHolds(ElementsAre(absl::FromUnixSeconds(1774746000),
                                       absl::FromUnixSeconds(1774830600))));
  EXPECT_THAT(DescribeTicks(*definition), IsOkAndHolds(HasSubstr("Europe/Berlin")));
}

TEST(UpcomingTicksTest, EndWithTheSchedule) {
  const absl::StatusOr<ScheduleDefinition> definition =
      Make({.interval = absl::Hours(1), .end = absl::FromUnixSeconds(7200)});
  ASSERT_THAT(definition, IsOk());
  EXPECT_THAT(UpcomingTicks(*definition, absl::UnixEpoch(), 10),
              IsOkAndHolds(ElementsAre(absl::FromUnixSeconds(3600), absl::FromUnixSeconds(7200))));
  EXPECT_THAT(UpcomingTicks(*definition, absl::FromUnixSeconds(7200), 10), IsOkAndHolds(IsEmpty()));
}

}  // namespace
}  // namespace protograph::tests
