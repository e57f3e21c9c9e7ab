// What a tick's job is made of.

#include "schedules/scheduled_job.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/testing.h"
#include "schedules/proto_time.h"

namespace protograph::tests {
namespace {

using internal::ExpandTemplate;
using internal::JobOf;
using internal::Tick;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::TimeZone Berlin() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &zone));
  return zone;
}

Tick ATick() {
  // 2026-03-01 02:30 in Berlin.
  return {.schedule = "nightly \"films\"",
          .time = absl::FromUnixSeconds(1772328600),
          .previous_time = absl::FromUnixSeconds(1772242200)};
}

TEST(Template, TimesAreInUtcUnlessAFormatIsGiven) {
  EXPECT_THAT(
      ExpandTemplate(R"({"since": "{{previous_time}}", "until": "{{time}}"})", ATick(), Berlin()),
      IsOkAndHolds(R"({"since": "2026-02-28T01:30:00Z", "until": "2026-03-01T01:30:00Z"})"));
}

TEST(Template, FormatsAreInTheSchedulesZone) {
  EXPECT_THAT(ExpandTemplate("{{time:%Y-%m-%d %H:%M}} {{ previous_time:%j }}", ATick(), Berlin()),
              IsOkAndHolds("2026-03-01 02:30 059"));
}

TEST(Template, TheScheduleIsNamedAndEscaped) {
  EXPECT_THAT(ExpandTemplate(R"("{{schedule}}")", ATick(), Berlin()),
              IsOkAndHolds(R"("nightly \"films\"")"));
}

TEST(Template, TheFirstTickHasNoneBeforeIt) {
  Tick tick = ATick();
  tick.previous_time.reset();
  EXPECT_THAT(ExpandTemplate("[{{previous_time}}][{{previous_time:%Y}}]", tick, Berlin()),
              IsOkAndHolds("[][]"));
}

TEST(Template, OtherTextStaysAsItIs) {
  for (const char* text : {"", "{", "}}", "{}", R"({"a": {"b": {}}})", "{{", R"({{"a": 1}})"}) {
    EXPECT_THAT(ExpandTemplate(text, ATick(), Berlin()), IsOkAndHolds(text));
  }
}

TEST(Template, UnknownNamesAreRefusedWithThoseThatThereAre) {
  for (const char* text : {"{{date}}", "{{}}", "{{time_of_day}}", "{{schedule:%Y}}"}) {
    EXPECT_THAT(ExpandTemplate(text, ATick(), Berlin()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("{{time}}")))
        << text;
  }
}

TEST(JobOfATick, HasTheDefinitionsOptionsAndKnowsItsTick) {
  ScheduleDefinition definition;
  definition.set_graph("movies");
  definition.set_output_type("movie_tagging.TagSet");
  JobInput& input = *definition.mutable_inputs()->add_inputs();
  input.set_type("movie_tagging.MovieId");
  input.set_json(R"({"id": "{{time:%Y}}"})");
  definition.set_queue("slow");
  definition.set_priority(-2);
  definition.set_attempts(3);
  *definition.mutable_timeout() = internal::DurationProtoOf(absl::Minutes(5));
  definition.add_tags("nightly");
  const absl::StatusOr<JobSubmission> job = JobOf(definition, ATick(), Berlin(), absl::Seconds(40));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->graph, "movies");
  EXPECT_EQ(job->queue, "slow");
  EXPECT_EQ(job->priority, -2);
  EXPECT_EQ(job->max_attempts, 3);
  EXPECT_EQ(job->timeout, absl::Minutes(5));
  EXPECT_EQ(job->run_at, ATick().time + absl::Seconds(40));
  EXPECT_THAT(job->tags, ElementsAre("nightly"));
  JobInputs inputs;
  ASSERT_TRUE(inputs.ParseFromString(job->inputs));
  EXPECT_EQ(inputs.inputs(0).json(), R"({"id": "2026"})");
  EXPECT_EQ(inputs.scheduled().schedule(), "nightly \"films\"");
  EXPECT_EQ(internal::TimeOf(inputs.scheduled().time()), ATick().time);
  EXPECT_EQ(internal::TimeOf(inputs.scheduled().previous_time()), *ATick().previous_time);
}

TEST(JobOfATick, WhatIsNotSaidIsAsForJobsThatAreSubmitted) {
  const absl::StatusOr<JobSubmission> job =
      JobOf(ScheduleDefinition(), ATick(), Berlin(), absl::ZeroDuration());
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->queue, "default");
  EXPECT_EQ(job->max_attempts, 5);
  EXPECT_EQ(job->backoff, absl::Seconds(10));
  EXPECT_EQ(job->longest_backoff, absl::Hours(1));
  EXPECT_EQ(job->timeout, absl::Hours(1));
}

}  // namespace
}  // namespace protograph::tests
