// Schedules whose jobs fail, one after the other.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "schedule_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ScheduleDefinition PausesAfter(ScheduleDefinition definition, int failures) {
  definition.set_pause_after_failures(failures);
  return definition;
}

TEST_P(ScheduleFailureContract, ItPausesItselfAfterSoManyFailures) {
  PutNew("nightly", PausesAfter(NewDefinition(), 2));
  EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 0)))}), IsEmpty());
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_FALSE(Schedule("nightly").is_paused);
  EXPECT_EQ(Schedule("nightly").failures_in_a_row, 1);
  EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 1)))}), IsEmpty());
  EXPECT_THAT(FindDue(), IsEmpty());
  const ScheduleRecord paused = Schedule("nightly");
  EXPECT_TRUE(paused.is_paused);
  EXPECT_THAT(paused.problem, HasSubstr("2"));
  EXPECT_EQ(paused.failures_in_a_row, 2);
  EXPECT_FALSE(Fire(FiringOf(paused, {NewTick(2)})).is_done);
  // Resumed it begins to count anew.
  ASSERT_THAT(schedules().ResumeSchedule("nightly"), IsOk());
  const ScheduleRecord resumed = Schedule("nightly");
  EXPECT_FALSE(resumed.is_paused);
  EXPECT_EQ(resumed.problem, "");
  EXPECT_EQ(resumed.failures_in_a_row, 0);
  EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 2)))}), IsEmpty());
  FindDue();
  EXPECT_FALSE(Schedule("nightly").is_paused);
}

TEST_P(ScheduleFailureContract, ASuccessEndsTheRow) {
  PutNew("nightly", PausesAfter(NewDefinition(), 2));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 2 * round)))}), IsEmpty());
    EXPECT_THAT(Finish({Succeed(ClaimThe(FireJob("nightly", 2 * round + 1)))}), IsEmpty());
    EXPECT_THAT(FindDue(), IsEmpty());
    EXPECT_EQ(Schedule("nightly").failures_in_a_row, 0);
    EXPECT_FALSE(Schedule("nightly").is_paused);
  }
}

TEST_P(ScheduleFailureContract, EndsThatNobodyHasLookedAtCountInTheirOrder) {
  PutNew("nightly", PausesAfter(NewDefinition(), 3));
  for (int tick = 0; tick < 2; ++tick) {
    EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", tick)))}), IsEmpty());
  }
  EXPECT_THAT(Finish({Succeed(ClaimThe(FireJob("nightly", 2)))}), IsEmpty());
  EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 3)))}), IsEmpty());
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_EQ(Schedule("nightly").failures_in_a_row, 1);
  EXPECT_FALSE(Schedule("nightly").is_paused);
}

TEST_P(ScheduleFailureContract, ACancelledJobIsNeitherOfBoth) {
  PutNew("nightly", PausesAfter(NewDefinition(), 2));
  EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 0)))}), IsEmpty());
  EXPECT_THAT(Finish({EndCancelled(ClaimThe(FireJob("nightly", 1)))}), IsEmpty());
  ASSERT_THAT(jobs().Cancel(FireJob("nightly", 2)), IsOk());
  FindDue();
  EXPECT_EQ(Schedule("nightly").failures_in_a_row, 1);
  EXPECT_FALSE(Schedule("nightly").is_paused);
  EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 3)))}), IsEmpty());
  FindDue();
  EXPECT_TRUE(Schedule("nightly").is_paused);
}

TEST_P(ScheduleFailureContract, AnAttemptThatFailsIsNoFailure) {
  PutNew("nightly", PausesAfter(NewDefinition(), 1));
  const std::string job = FireJob("nightly", 0);
  EXPECT_THAT(Finish({TryAgain(ClaimThe(job), absl::ZeroDuration())}), IsEmpty());
  FindDue();
  EXPECT_EQ(Schedule("nightly").failures_in_a_row, 0);
  EXPECT_FALSE(Schedule("nightly").is_paused);
  EXPECT_THAT(Finish({Fail(ClaimThe(job))}), IsEmpty());
  FindDue();
  EXPECT_TRUE(Schedule("nightly").is_paused);
}

TEST_P(ScheduleFailureContract, WithoutANumberItNeverDoes) {
  PutNew("nightly");
  for (int tick = 0; tick < 5; ++tick) {
    EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", tick)))}), IsEmpty());
  }
  FindDue();
  EXPECT_EQ(Schedule("nightly").failures_in_a_row, 5);
  EXPECT_FALSE(Schedule("nightly").is_paused);
}

TEST_P(ScheduleFailureContract, OneThatPausesItselfLetsItsPendingTickGo) {
  PutNew("nightly", PausesAfter(NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE), 1));
  const std::string job = FireJob("nightly", 0);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_THAT(Finish({Fail(ClaimThe(job))}), IsEmpty());
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_TRUE(Schedule("nightly").is_paused);
  EXPECT_EQ(Schedule("nightly").pending_tick, std::nullopt);
}

TEST_P(ScheduleFailureContract, ChangedItBeginsToCountAnew) {
  PutNew("nightly", PausesAfter(NewDefinition(), 2));
  for (int tick = 0; tick < 2; ++tick) {
    EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", tick)))}), IsEmpty());
  }
  FindDue();
  EXPECT_TRUE(Schedule("nightly").is_paused);
  EXPECT_FALSE(Put("nightly", PausesAfter(NewDefinition(ScheduleDefinition::OVERLAP_ALLOW), 2)));
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
  EXPECT_THAT(Finish({Fail(ClaimThe(FireJob("nightly", 2)))}), IsEmpty());
  FindDue();
  EXPECT_FALSE(Schedule("nightly").is_paused);
}

}  // namespace
}  // namespace protograph
