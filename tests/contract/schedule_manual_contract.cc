// Firing because somebody asked for it: beside the ticks that the schedule has.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "schedule_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

ScheduleFiring Manually(ScheduleFiring firing) {
  firing.is_manual = true;
  return firing;
}

TEST_P(ScheduleManualContract, WhenItIsDueNextStaysAsItIs) {
  ScheduleFiring planning = FiringOf(PutNew("nightly"), {NewTick(0)});
  planning.next_tick = TimeOfTick(1);
  planning.due_at = Now() + kLong;
  EXPECT_TRUE(Fire(planning).is_done);
  EXPECT_THAT(Finish({Succeed(ClaimOne())}), IsEmpty());
  FindDue();
  const ScheduleRecord before = Schedule("nightly");
  const ScheduleFiring firing = Manually(FiringOf(before, {NewTick(100)}));
  EXPECT_THAT(Fire(firing).outcomes, ElementsAre(FiringOutcome::kFired));
  const ScheduleRecord after = Schedule("nightly");
  EXPECT_TRUE(after.is_planned);
  EXPECT_EQ(after.next_tick, TimeOfTick(1));
  EXPECT_EQ(after.last_tick, TimeOfTick(0));
  EXPECT_EQ(after.last_job_id, firing.ticks[0].job.job_id);
  EXPECT_EQ(after.runs, 2);
  EXPECT_NE(after.revision, before.revision);
  EXPECT_THAT(Firings("nightly"), SizeIs(2));
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_THAT(Maintain().next_due, AllOf(Gt(kLong - absl::Minutes(1)), Le(kLong)));
  // It was fired, so that what was read before is old.
  EXPECT_FALSE(Fire(FiringOf(before, {NewTick(1)})).is_done);
}

TEST_P(ScheduleManualContract, APausedOneTooAndItStaysPaused) {
  PutNew("nightly");
  ASSERT_THAT(schedules().PauseSchedule("nightly"), IsOk());
  const ScheduleFiring firing = Manually(FiringOf(Schedule("nightly"), {NewTick(0)}));
  EXPECT_THAT(Fire(firing).outcomes, ElementsAre(FiringOutcome::kFired));
  EXPECT_TRUE(Schedule("nightly").is_paused);
  EXPECT_THAT(IdsOf(Claim()), ElementsAre(firing.ticks[0].job.job_id));
  EXPECT_THAT(FindDue(), IsEmpty());
}

TEST_P(ScheduleManualContract, WhyItIsPausedIsStillSaid) {
  ScheduleFiring planning = FiringOf(PutNew("nightly"), {});
  planning.problem = "there are no 13 months";
  EXPECT_TRUE(Fire(planning).is_done);
  EXPECT_TRUE(Fire(Manually(FiringOf(Schedule("nightly"), {NewTick(0)}))).is_done);
  EXPECT_TRUE(Schedule("nightly").is_paused);
  EXPECT_EQ(Schedule("nightly").problem, "there are no 13 months");
}

TEST_P(ScheduleManualContract, OneThatIsToBePlannedStillIs) {
  const ScheduleFiring firing = Manually(FiringOf(PutNew("nightly"), {NewTick(0)}));
  EXPECT_TRUE(Fire(firing).is_done);
  EXPECT_FALSE(Schedule("nightly").is_planned);
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
}

TEST_P(ScheduleManualContract, TheOverlapHoldsForItToo) {
  PutNew("skips");
  FireJob("skips", 0);
  EXPECT_THAT(Fire(Manually(FiringOf(Schedule("skips"), {NewTick(100)}))).outcomes,
              ElementsAre(FiringOutcome::kOverlapped));
  EXPECT_EQ(Schedule("skips").runs, 1);
  PutNew("allows", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW));
  FireJob("allows", 0);
  EXPECT_THAT(Fire(Manually(FiringOf(Schedule("allows"), {NewTick(100)}))).outcomes,
              ElementsAre(FiringOutcome::kFired));
}

TEST_P(ScheduleManualContract, ItsJobIsOneThatTicksMeet) {
  PutNew("nightly");
  EXPECT_TRUE(Fire(Manually(FiringOf(Schedule("nightly"), {NewTick(100)}))).is_done);
  EXPECT_EQ(FireTick("nightly", 0), FiringOutcome::kOverlapped);
}

}  // namespace
}  // namespace protograph
