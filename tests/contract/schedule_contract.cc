#include "schedule_contract.h"

#include <utility>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace protograph {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Matcher;
using ::testing::SizeIs;

MATCHER_P(EqualsDefinitionImpl, expected, "is the definition " + expected.ShortDebugString()) {
  return google::protobuf::util::MessageDifferencer::Equals(arg, expected);
}

}  // namespace

Matcher<const ScheduleDefinition&> EqualsDefinition(const ScheduleDefinition& expected) {
  return EqualsDefinitionImpl(expected);
}

Matcher<const ScheduleRecord&> IsUnchangedFrom(const ScheduleRecord& expected) {
  return AllOf(
      Field("name", &ScheduleRecord::name, expected.name),
      Field("definition", &ScheduleRecord::definition, EqualsDefinition(expected.definition)),
      Field("source", &ScheduleRecord::source, expected.source),
      Field("revision", &ScheduleRecord::revision, expected.revision),
      Field("is_paused", &ScheduleRecord::is_paused, expected.is_paused),
      Field("problem", &ScheduleRecord::problem, expected.problem),
      Field("is_planned", &ScheduleRecord::is_planned, expected.is_planned),
      Field("next_tick", &ScheduleRecord::next_tick, expected.next_tick),
      Field("last_tick", &ScheduleRecord::last_tick, expected.last_tick),
      Field("pending_tick", &ScheduleRecord::pending_tick, expected.pending_tick),
      Field("last_job_id", &ScheduleRecord::last_job_id, expected.last_job_id),
      Field("changed_at", &ScheduleRecord::changed_at, expected.changed_at),
      Field("runs", &ScheduleRecord::runs, expected.runs),
      Field("missed", &ScheduleRecord::missed, expected.missed),
      Field("overlapped", &ScheduleRecord::overlapped, expected.overlapped));
}

ScheduleDefinition ScheduleContract::NewDefinition(ScheduleDefinition::Overlap overlap) {
  ScheduleDefinition definition;
  definition.set_cron("* * * * *");
  definition.set_overlap(overlap);
  definition.set_graph("films");
  definition.set_output_type("film.TagSet");
  return definition;
}

absl::Time ScheduleContract::TimeOfTick(int number) {
  return absl::FromUnixSeconds(1'700'000'040) + number * absl::Minutes(1);
}

TickFiring ScheduleContract::NewTick(int number, const std::string& queue) {
  TickFiring tick = {.tick = TimeOfTick(number), .job = NewJob(queue)};
  tick.job.run_at = tick.tick;
  return tick;
}

std::vector<TickFiring> ScheduleContract::NewTicks(int first, int count) {
  std::vector<TickFiring> ticks;
  for (int i = 0; i < count; ++i) ticks.push_back(NewTick(first + i));
  return ticks;
}

ScheduleFiring ScheduleContract::FiringOf(const ScheduleRecord& schedule,
                                          std::vector<TickFiring> ticks) {
  return {.name = schedule.name, .revision = schedule.revision, .ticks = std::move(ticks)};
}

bool ScheduleContract::Put(const std::string& name, const ScheduleDefinition& definition,
                           const std::string& source) {
  return Patiently([&] { return schedules().PutSchedule(name, definition, source); });
}

ScheduleRecord ScheduleContract::PutNew(const std::string& name,
                                        const ScheduleDefinition& definition) {
  EXPECT_TRUE(Put(name, definition));
  return Schedule(name);
}

ScheduleRecord ScheduleContract::Schedule(const std::string& name) {
  return Patiently([&] { return schedules().GetSchedule(name); });
}

std::vector<ScheduleRecord> ScheduleContract::FindDue(int limit) {
  return Patiently([&] { return schedules().FindDueSchedules(limit); }).schedules;
}

std::vector<std::string> ScheduleContract::NamesOfDue(int limit) {
  std::vector<std::string> names;
  for (const ScheduleRecord& schedule : FindDue(limit)) names.push_back(schedule.name);
  return names;
}

std::vector<FiringRecord> ScheduleContract::Firings(const std::string& name, int limit) {
  return Patiently([&] { return schedules().ListFirings(name, limit); });
}

FiringResult ScheduleContract::Fire(const ScheduleFiring& firing) {
  const std::vector<ScheduleFiring> firings = {firing};
  const std::vector<FiringResult> results =
      Patiently([&] { return schedules().FireSchedules(owner(), firings); });
  EXPECT_THAT(results, SizeIs(1));
  return results.size() == 1 ? results[0] : FiringResult();
}

FiringOutcome ScheduleContract::FireTick(const std::string& name, const TickFiring& tick) {
  const FiringResult result = Fire(FiringOf(Schedule(name), {tick}));
  EXPECT_TRUE(result.is_done);
  EXPECT_THAT(result.outcomes, SizeIs(1));
  return result.outcomes.size() == 1 ? result.outcomes[0] : FiringOutcome::kRefused;
}

std::string ScheduleContract::FireJob(const std::string& name, int number) {
  const TickFiring tick = NewTick(number);
  EXPECT_EQ(FireTick(name, tick), FiringOutcome::kFired);
  return tick.job.job_id;
}

ClaimedJob ScheduleContract::ClaimThe(const std::string& job_id) {
  ClaimedJob job = ClaimOne();
  EXPECT_EQ(job.job_id, job_id);
  return job;
}

}  // namespace protograph
