// Making schedules, changing, pausing and removing them, and finding them again.

#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "schedule_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_P(ScheduleStoreContract, ANewScheduleIsToBePlanned) {
  EXPECT_TRUE(Put("nightly", NewDefinition(), "importer"));
  const ScheduleRecord schedule = Schedule("nightly");
  EXPECT_EQ(schedule.name, "nightly");
  EXPECT_THAT(schedule.definition, EqualsDefinition(NewDefinition()));
  EXPECT_EQ(schedule.source, "importer");
  EXPECT_FALSE(schedule.is_paused);
  EXPECT_EQ(schedule.problem, "");
  EXPECT_FALSE(schedule.is_planned);
  EXPECT_EQ(schedule.next_tick, std::nullopt);
  EXPECT_EQ(schedule.last_tick, std::nullopt);
  EXPECT_EQ(schedule.pending_tick, std::nullopt);
  EXPECT_EQ(schedule.last_job_id, "");
  EXPECT_FALSE(schedule.is_last_job_live);
  EXPECT_THAT(schedule.changed_at, About(Now()));
  EXPECT_EQ(schedule.runs, 0);
  EXPECT_EQ(schedule.missed, 0);
  EXPECT_EQ(schedule.overlapped, 0);
  EXPECT_EQ(schedule.failures_in_a_row, 0);
  const std::vector<ScheduleRecord> due = FindDue();
  EXPECT_THAT(due, ElementsAre(IsUnchangedFrom(schedule)));
}

TEST_P(ScheduleStoreContract, DefinitionsAreKeptWhole) {
  ScheduleDefinition definition = NewDefinition(ScheduleDefinition::OVERLAP_CANCEL_RUNNING);
  definition.set_time_zone("Europe/Berlin");
  definition.mutable_interval()->set_seconds(90);
  definition.mutable_interval()->set_nanos(500'000'000);
  definition.mutable_anchor()->set_seconds(1'700'000'000);
  definition.mutable_start()->set_seconds(1);
  definition.mutable_end()->set_seconds(2'000'000'000);
  definition.mutable_end()->set_nanos(1);
  definition.mutable_jitter()->set_seconds(7);
  definition.set_most_runs(int64_t{1} << 60);
  definition.set_missed_ticks(ScheduleDefinition::RUN_WINDOW);
  definition.mutable_missed_window()->set_seconds(600);
  definition.set_pause_after_failures(4);
  JobInput& json = *definition.mutable_inputs()->add_inputs();
  json.set_type("film.MovieId");
  json.set_json("{\"id\": \"{{time:%Y-%m-%d}} \\u0000 \\\\ 'é'\"}");
  JobInput& bytes = *definition.mutable_inputs()->add_inputs();
  bytes.set_type("film.Movie");
  bytes.set_message(std::string("\0\xff\n\"", 4));
  definition.set_queue("it's");
  definition.set_priority(-5);
  definition.set_attempts(3);
  definition.mutable_backoff()->set_nanos(1000);
  definition.mutable_longest_backoff();
  definition.mutable_timeout()->set_seconds(60);
  definition.set_concurrency_key("tenant 1");
  definition.add_tags("nightly");
  definition.add_tags("\"{}\\");
  definition.set_metadata("{\"by\": \"me\"}");
  definition.mutable_backfill()->set_schedule("other");
  definition.mutable_backfill()->mutable_from()->set_seconds(5);
  definition.mutable_backfill()->mutable_to()->set_seconds(6);
  definition.mutable_backfill()->set_jobs_per_minute(10);
  const ScheduleRecord schedule = PutNew("'; DROP \"é\"", definition);
  EXPECT_THAT(schedule.definition, EqualsDefinition(definition));
  EXPECT_FALSE(Put("'; DROP \"é\"", definition));
  EXPECT_THAT(Schedule("'; DROP \"é\""), IsUnchangedFrom(schedule));
}

TEST_P(ScheduleStoreContract, WhatIsThereAlreadyIsLeftAlone) {
  EXPECT_TRUE(Put("nightly", NewDefinition(), "importer"));
  EXPECT_TRUE(Fire(FiringOf(Schedule("nightly"), {})).is_done);
  const ScheduleRecord schedule = Schedule("nightly");
  EXPECT_TRUE(schedule.is_planned);
  LetAMomentPass();
  EXPECT_FALSE(Put("nightly", NewDefinition(), "importer"));
  EXPECT_THAT(Schedule("nightly"), IsUnchangedFrom(schedule));
  EXPECT_THAT(FindDue(), IsEmpty());
}

TEST_P(ScheduleStoreContract, AChangedOneIsPlannedAnew) {
  PutNew("nightly");
  const std::string job = FireJob("nightly", 0);
  const ScheduleRecord before = Schedule("nightly");
  EXPECT_THAT(FindDue(), IsEmpty());
  LetAMomentPass();
  EXPECT_FALSE(Put("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW)));
  ScheduleRecord after = Schedule("nightly");
  EXPECT_NE(after.revision, before.revision);
  EXPECT_FALSE(after.is_planned);
  EXPECT_GT(after.changed_at, before.changed_at);
  EXPECT_EQ(after.definition.overlap(), ScheduleDefinition::OVERLAP_ALLOW);
  // What it has fired stays.
  EXPECT_EQ(after.last_tick, TimeOfTick(0));
  EXPECT_EQ(after.last_job_id, job);
  EXPECT_TRUE(after.is_last_job_live);
  EXPECT_EQ(after.runs, 1);
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
  EXPECT_FALSE(Fire(FiringOf(before, {NewTick(1)})).is_done);
  EXPECT_TRUE(Fire(FiringOf(after, {})).is_done);
  // The program that gives it is part of it.
  const ScheduleRecord planned = Schedule("nightly");
  EXPECT_FALSE(Put("nightly", planned.definition, "importer"));
  after = Schedule("nightly");
  EXPECT_EQ(after.source, "importer");
  EXPECT_NE(after.revision, planned.revision);
}

TEST_P(ScheduleStoreContract, APausedOneIsNeverDue) {
  const ScheduleRecord before = PutNew("nightly");
  ASSERT_THAT(schedules().PauseSchedule("nightly"), IsOk());
  const ScheduleRecord paused = Schedule("nightly");
  EXPECT_TRUE(paused.is_paused);
  EXPECT_EQ(paused.problem, "");
  EXPECT_NE(paused.revision, before.revision);
  EXPECT_THAT(FindDue(), IsEmpty());
  // Also once it was changed.
  EXPECT_FALSE(Put("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW)));
  EXPECT_TRUE(Schedule("nightly").is_paused);
  EXPECT_THAT(FindDue(), IsEmpty());
  ASSERT_THAT(schedules().PauseSchedule("nightly"), IsOk());
}

TEST_P(ScheduleStoreContract, AResumedOneIsPlannedAnew) {
  PutNew("nightly");
  EXPECT_TRUE(Fire(FiringOf(Schedule("nightly"), {})).is_done);
  ASSERT_THAT(schedules().PauseSchedule("nightly"), IsOk());
  const ScheduleRecord paused = Schedule("nightly");
  ASSERT_THAT(schedules().ResumeSchedule("nightly"), IsOk());
  const ScheduleRecord resumed = Schedule("nightly");
  EXPECT_FALSE(resumed.is_paused);
  EXPECT_FALSE(resumed.is_planned);
  EXPECT_NE(resumed.revision, paused.revision);
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
  // One that is not paused is as it was.
  ASSERT_THAT(schedules().ResumeSchedule("nightly"), IsOk());
  EXPECT_THAT(Schedule("nightly"), IsUnchangedFrom(resumed));
}

TEST_P(ScheduleStoreContract, WhatIsRemovedIsGoneAndItsJobsStay) {
  PutNew("nightly");
  const std::string job = FireJob("nightly", 0);
  const ScheduleRecord before = Schedule("nightly");
  ASSERT_THAT(schedules().RemoveSchedule("nightly"), IsOk());
  EXPECT_THAT(schedules().GetSchedule("nightly"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_FALSE(Fire(FiringOf(before, {NewTick(1)})).is_done);
  EXPECT_THAT(Finish({Succeed(ClaimThe(job))}), IsEmpty());
  EXPECT_EQ(StateOf(job), JobState::kSucceeded);
  // One of that name is another one.
  const ScheduleRecord after = PutNew("nightly");
  EXPECT_EQ(after.runs, 0);
  EXPECT_EQ(after.last_job_id, "");
  EXPECT_THAT(Firings("nightly"), IsEmpty());
  EXPECT_FALSE(Fire(FiringOf(before, {NewTick(1)})).is_done);
}

TEST_P(ScheduleStoreContract, WhatIsNotThereIsNotFound) {
  PutNew("nightly");
  const auto is_not_found = StatusIs(absl::StatusCode::kNotFound, HasSubstr("weekly"));
  EXPECT_THAT(schedules().RemoveSchedule("weekly"), is_not_found);
  EXPECT_THAT(schedules().PauseSchedule("weekly"), is_not_found);
  EXPECT_THAT(schedules().ResumeSchedule("weekly"), is_not_found);
  EXPECT_THAT(schedules().GetSchedule("weekly"), is_not_found);
  EXPECT_THAT(schedules().ListFirings("weekly", 10), is_not_found);
}

TEST_P(ScheduleStoreContract, TheyAreListedByNamePageByPage) {
  EXPECT_THAT(schedules().ListSchedules("", 10), IsOkAndHolds(IsEmpty()));
  std::vector<std::string> expected = Numbered("schedule ", 7);
  expected.insert(expected.begin(), "Z");
  expected.emplace_back("é");
  for (auto it = expected.rbegin(); it != expected.rend(); ++it) PutNew(*it);
  std::vector<std::string> listed;
  std::string after;
  while (true) {
    const std::vector<ScheduleRecord> page =
        Patiently([&] { return schedules().ListSchedules(after, 4); });
    EXPECT_LE(page.size(), 4);
    if (page.empty()) break;
    for (const ScheduleRecord& schedule : page) {
      EXPECT_THAT(schedule, IsUnchangedFrom(Schedule(schedule.name)));
      listed.push_back(schedule.name);
    }
    after = listed.back();
    ASSERT_LE(listed.size(), expected.size());
  }
  EXPECT_THAT(listed, ElementsAreArray(expected));
  EXPECT_THAT(schedules().ListSchedules("", 0), IsOkAndHolds(IsEmpty()));
}

TEST_P(ScheduleStoreContract, WhatCannotBeStoredIsRefused) {
  const auto is_refused = StatusIs(absl::StatusCode::kInvalidArgument);
  const ScheduleDefinition definition = NewDefinition();
  for (const std::string& name : {std::string(), std::string(kLongestName + 1, 'n'),
                                  std::string("a\0b", 3), std::string("\xff")}) {
    EXPECT_THAT(schedules().PutSchedule(name, definition, ""), is_refused);
  }
  EXPECT_THAT(schedules().PutSchedule("nightly", definition, std::string("a\0b", 3)), is_refused);
  EXPECT_THAT(schedules().PutSchedule("nightly", definition, "\xff"), is_refused);
  ScheduleDefinition with_nul = definition;
  with_nul.add_tags(std::string("a\0b", 3));
  EXPECT_THAT(schedules().PutSchedule("nightly", with_nul, ""), is_refused);
  ScheduleDefinition too_large = definition;
  too_large.mutable_inputs()->add_inputs()->set_message(std::string(size_t{20} << 20, 'x'));
  EXPECT_THAT(schedules().PutSchedule("nightly", too_large, ""), is_refused);
  EXPECT_THAT(schedules().ListSchedules("", 10), IsOkAndHolds(IsEmpty()));
  EXPECT_TRUE(Put(std::string(kLongestName, 'n'), definition));
}

}  // namespace
}  // namespace protograph
