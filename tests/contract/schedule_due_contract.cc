// Which schedules are due, when the next one is, and who is told of it.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_listening.h"
#include "protograph/testing/matchers.h"
#include "schedule_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Matcher;

Matcher<absl::Duration> AlmostIn(absl::Duration expected) {
  return AllOf(Gt(expected - absl::Minutes(1)), Le(expected));
}

TEST_P(ScheduleDueContract, TheLongestDueComesFirst) {
  const absl::Time now = Now();
  const auto plan = [&](const std::string& name, absl::Duration ago) {
    ScheduleFiring planning = FiringOf(PutNew(name), {});
    planning.due_at = now - ago;
    EXPECT_TRUE(Fire(planning).is_done);
  };
  plan("b", absl::Seconds(2));
  plan("c", absl::Seconds(1));
  plan("a", absl::Seconds(3));
  plan("later", -kLong);
  PutNew("to be planned");
  EXPECT_THAT(NamesOfDue(), ElementsAre("to be planned", "a", "b", "c"));
  EXPECT_THAT(NamesOfDue(2), ElementsAre("to be planned", "a"));
  EXPECT_THAT(Patiently([&] { return schedules().FindDueSchedules(10); }).now, About(now));
}

TEST_P(ScheduleDueContract, TheTimeIsSaidWhereNothingIsDueToo) {
  const absl::Time now = Now();
  const DueSchedules due = Patiently([&] { return schedules().FindDueSchedules(10); });
  EXPECT_THAT(due.schedules, IsEmpty());
  EXPECT_THAT(due.now, About(now));
}

TEST_P(ScheduleDueContract, MaintainSaysWhetherSomeAreDueAndWhenTheNextIs) {
  const auto says = [](bool has_due, const Matcher<absl::Duration>& next_due) {
    return AllOf(Field("has_due_schedules", &MaintainResult::has_due_schedules, has_due),
                 Field("next_due", &MaintainResult::next_due, next_due));
  };
  EXPECT_THAT(Maintain(), says(false, absl::InfiniteDuration()));
  ScheduleFiring planning = FiringOf(PutNew("nightly"), {});
  EXPECT_THAT(Maintain(), says(true, absl::InfiniteDuration()));
  planning.due_at = Now() + 3 * kLong;
  EXPECT_TRUE(Fire(planning).is_done);
  EXPECT_THAT(Maintain(), says(false, AlmostIn(3 * kLong)));
  // A job before it, and another schedule before that.
  JobSubmission job = NewJob();
  job.delay = 2 * kLong;
  Submit(job);
  EXPECT_THAT(Maintain(), says(false, AlmostIn(2 * kLong)));
  planning = FiringOf(PutNew("hourly"), {});
  // What is due hides no job that will be.
  EXPECT_THAT(Maintain(), says(true, AlmostIn(2 * kLong)));
  planning.due_at = Now() + kLong;
  EXPECT_TRUE(Fire(planning).is_done);
  EXPECT_THAT(Maintain(), says(false, AlmostIn(kLong)));
  ASSERT_THAT(schedules().PauseSchedule("hourly"), IsOk());
  EXPECT_THAT(Maintain(), says(false, AlmostIn(2 * kLong)));
  ASSERT_THAT(schedules().ResumeSchedule("hourly"), IsOk());
  EXPECT_THAT(Maintain(), says(true, AlmostIn(2 * kLong)));
  ASSERT_THAT(schedules().RemoveSchedule("hourly"), IsOk());
  EXPECT_THAT(Maintain(), says(false, AlmostIn(2 * kLong)));
  // One that will never be due.
  ASSERT_THAT(jobs().Cancel(job.job_id), IsOk());
  EXPECT_TRUE(Fire(FiringOf(Schedule("nightly"), {})).is_done);
  EXPECT_THAT(Maintain(), says(false, absl::InfiniteDuration()));
}

TEST_P(ScheduleDueContract, OneIsDueOnceItsTimeHasCome) {
  ScheduleFiring planning = FiringOf(PutNew("nightly"), {});
  planning.due_at = Now() + kMoment;
  EXPECT_TRUE(Fire(planning).is_done);
  LetAMomentPass();
  EXPECT_TRUE(Maintain().has_due_schedules);
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
}

TEST_P(ScheduleDueContract, MaintainSaysThatAPendingTickIsDue) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  const std::string job = FireJob("nightly", 0);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_FALSE(Maintain().has_due_schedules);
  EXPECT_THAT(Finish({Succeed(ClaimThe(job))}), IsEmpty());
  EXPECT_TRUE(Maintain().has_due_schedules);
  FindDue();
  EXPECT_TRUE(Maintain().has_due_schedules);
  FireJob("nightly", 1);
  EXPECT_FALSE(Maintain().has_due_schedules);
}

TEST_P(ScheduleDueContract, AnEndThatMeansNothingIsSoonForgotten) {
  PutNew("nightly");
  EXPECT_THAT(Finish({Succeed(ClaimThe(FireJob("nightly", 0)))}), IsEmpty());
  FindDue();
  EXPECT_FALSE(Maintain().has_due_schedules);
}

TEST_P(ScheduleDueContract, WorkersAreToldOfNewAndChangedAndResumedOnes) {
  Listening listening(jobs(), owner());
  PutNew("nightly");
  EXPECT_TRUE(listening->WaitForDue());
  EXPECT_TRUE(Fire(FiringOf(Schedule("nightly"), {})).is_done);
  listening->Forget();
  EXPECT_FALSE(Put("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW)));
  EXPECT_TRUE(listening->WaitForDue());
  ASSERT_THAT(schedules().PauseSchedule("nightly"), IsOk());
  listening->Forget();
  ASSERT_THAT(schedules().ResumeSchedule("nightly"), IsOk());
  EXPECT_TRUE(listening->WaitForDue());
}

TEST_P(ScheduleDueContract, WorkersAreToldOfAPendingTick) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  const ClaimedJob job = ClaimThe(FireJob("nightly", 0));
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  Listening listening(jobs(), owner());
  EXPECT_THAT(Finish({Succeed(job)}), IsEmpty());
  EXPECT_TRUE(listening->WaitForDue());
}

TEST_P(ScheduleDueContract, WhoFoundNoJobIsToldOfThatOfATick) {
  PutNew("nightly");
  Listening listening(jobs(), owner());
  ASSERT_THAT(jobs().Claim({.owner_id = owner(),
                            .queues = {{.queue = std::string(kDefaultQueue), .limit = 1}},
                            .wake_if_empty = true}),
              IsOk());
  FireJob("nightly", 0);
  EXPECT_TRUE(listening->WaitForWork());
}

}  // namespace
}  // namespace protograph
