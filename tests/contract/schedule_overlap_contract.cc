// What happens at a tick while the job of an earlier one has not finished.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "schedule_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(ScheduleOverlapContract, WithoutAWordATickIsSkippedUntilTheJobHasFinished) {
  for (const ScheduleDefinition::Overlap overlap :
       {ScheduleDefinition::OVERLAP_UNSPECIFIED, ScheduleDefinition::OVERLAP_SKIP}) {
    const std::string name = ScheduleDefinition::Overlap_Name(overlap);
    PutNew(name, NewDefinition(overlap));
    const std::string first = FireJob(name, 0);
    // While it waits, while it runs, and while it waits for its next attempt.
    EXPECT_EQ(FireTick(name, 1), FiringOutcome::kOverlapped);
    const ClaimedJob claimed = ClaimThe(first);
    EXPECT_EQ(FireTick(name, 2), FiringOutcome::kOverlapped);
    EXPECT_THAT(Finish({TryAgain(claimed, kMoment)}), IsEmpty());
    EXPECT_EQ(FireTick(name, 3), FiringOutcome::kOverlapped);
    EXPECT_TRUE(Schedule(name).is_last_job_live);
    EXPECT_EQ(Schedule(name).overlapped, 3);
    EXPECT_EQ(Schedule(name).pending_tick, std::nullopt);
    EXPECT_EQ(Schedule(name).last_tick, TimeOfTick(3));
    LetAMomentPass();
    EXPECT_THAT(Finish({Succeed(ClaimThe(first))}), IsEmpty());
    EXPECT_FALSE(Schedule(name).is_last_job_live);
    EXPECT_THAT(FindDue(), IsEmpty());
    const std::string second = FireJob(name, 4);
    EXPECT_THAT(Finish({Fail(ClaimThe(second))}), IsEmpty());
    const std::string third = FireJob(name, 5);
    ASSERT_THAT(jobs().Cancel(third), IsOk());
    const std::string fourth = FireJob(name, 6);
    EXPECT_EQ(Schedule(name).runs, 4);
    EXPECT_EQ(Schedule(name).overlapped, 3);
    EXPECT_THAT(Finish({Succeed(ClaimThe(fourth))}), IsEmpty());
  }
}

TEST_P(ScheduleOverlapContract, AllowedEachTickHasItsJob) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_ALLOW));
  FireJob("nightly", 0);
  Claim();
  FireJob("nightly", 1);
  FireJob("nightly", 2);
  EXPECT_THAT(Queue(), Counts({.queued = 2, .running = 1}));
  EXPECT_EQ(Schedule("nightly").runs, 3);
  EXPECT_EQ(Schedule("nightly").overlapped, 0);
}

TEST_P(ScheduleOverlapContract, TheLastTickWaitsForTheJob) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  const std::string first = FireJob("nightly", 0);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_EQ(Schedule("nightly").pending_tick, TimeOfTick(1));
  EXPECT_EQ(Schedule("nightly").overlapped, 0);
  EXPECT_THAT(FindDue(), IsEmpty());
  const ClaimedJob claimed = ClaimThe(first);
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_EQ(FireTick("nightly", 2), FiringOutcome::kPending);
  EXPECT_EQ(Schedule("nightly").pending_tick, TimeOfTick(2));
  EXPECT_EQ(Schedule("nightly").overlapped, 1);
  EXPECT_EQ(Schedule("nightly").last_tick, TimeOfTick(2));
  EXPECT_THAT(FindDue(), IsEmpty());
  // Another attempt is no end.
  EXPECT_THAT(Finish({TryAgain(claimed, absl::ZeroDuration())}), IsEmpty());
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(ClaimThe(first))}), IsEmpty());
  const std::vector<ScheduleRecord> due = FindDue();
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].pending_tick, TimeOfTick(2));
  EXPECT_FALSE(due[0].is_last_job_live);
  const TickFiring pending = NewTick(2);
  EXPECT_THAT(Fire(FiringOf(due[0], {pending})).outcomes, ElementsAre(FiringOutcome::kFired));
  const ScheduleRecord after = Schedule("nightly");
  EXPECT_EQ(after.pending_tick, std::nullopt);
  EXPECT_EQ(after.last_tick, TimeOfTick(2));
  EXPECT_EQ(after.runs, 2);
  EXPECT_EQ(after.overlapped, 1);
  EXPECT_THAT(FindDue(), IsEmpty());
  // Of each tick there is one firing.
  EXPECT_THAT(Firings("nightly"),
              ElementsAre(AllOf(Field(&FiringRecord::tick, TimeOfTick(2)),
                                Field(&FiringRecord::outcome, FiringOutcome::kFired),
                                Field(&FiringRecord::job_id, pending.job.job_id)),
                          AllOf(Field(&FiringRecord::tick, TimeOfTick(1)),
                                Field(&FiringRecord::outcome, FiringOutcome::kPending)),
                          AllOf(Field(&FiringRecord::tick, TimeOfTick(0)),
                                Field(&FiringRecord::outcome, FiringOutcome::kFired))));
}

TEST_P(ScheduleOverlapContract, APendingTickIsDueHoweverTheJobEnds) {
  const std::vector<std::function<void(const std::string&)>> ends = {
      [this](const std::string& job) { Finish({Succeed(ClaimThe(job))}); },
      [this](const std::string& job) { Finish({Fail(ClaimThe(job))}); },
      [this](const std::string& job) { Finish({EndCancelled(ClaimThe(job))}); },
      [this](const std::string& job) { EXPECT_THAT(jobs().Cancel(job), IsOk()); },
      [this](const std::string& job) {
        const std::string dead = NewOwner();
        EXPECT_EQ(ClaimOne(dead).job_id, job);
        EXPECT_THAT(jobs().Cancel(job), IsOk());
        Bury(dead);
      },
      // Set aside.
      [this](const std::string& job) {
        for (int i = 0; i < 2 && StateOf(job) != JobState::kFailed; ++i) {
          const std::string dead = NewOwner();
          const ClaimedJob claimed = ClaimOne(dead);
          EXPECT_EQ(claimed.job_id, job);
          EXPECT_THAT(MarkStarted(dead, claimed), IsEmpty());
          EXPECT_THAT(store().DeclareDead(dead), IsOk());
          Maintain({.most_crashes = 1, .keep_succeeded = kLong, .keep_failed = kLong});
        }
        EXPECT_EQ(StateOf(job), JobState::kFailed);
      }};
  for (size_t i = 0; i < ends.size(); ++i) {
    const std::string name = Numbered("schedule ", static_cast<int>(i) + 1).back();
    PutNew(name, NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
    const std::string job = FireJob(name, 0);
    EXPECT_EQ(FireTick(name, 1), FiringOutcome::kPending);
    EXPECT_THAT(FindDue(), IsEmpty());
    ends[i](job);
    EXPECT_THAT(NamesOfDue(), ElementsAre(name));
    const std::string second = FireJob(name, 1);
    EXPECT_THAT(FindDue(), IsEmpty());
    EXPECT_THAT(Finish({Succeed(ClaimThe(second))}), IsEmpty());
    EXPECT_THAT(FindDue(), IsEmpty());
  }
}

TEST_P(ScheduleOverlapContract, AWorkersDeathAloneIsNoEnd) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  FireJob("nightly", 0);
  const std::string dead = NewOwner();
  ClaimOne(dead);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  Bury(dead);
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_TRUE(Schedule("nightly").is_last_job_live);
}

TEST_P(ScheduleOverlapContract, APendingTickThatIsFiredTooEarlyStaysPending) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  FireJob("nightly", 0);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_EQ(Schedule("nightly").pending_tick, TimeOfTick(1));
  EXPECT_EQ(Schedule("nightly").overlapped, 0);
}

TEST_P(ScheduleOverlapContract, PausingLetsThePendingTickGo) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  const std::string job = FireJob("nightly", 0);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  ASSERT_THAT(schedules().PauseSchedule("nightly"), IsOk());
  EXPECT_EQ(Schedule("nightly").pending_tick, std::nullopt);
  EXPECT_THAT(Finish({Succeed(ClaimThe(job))}), IsEmpty());
  EXPECT_THAT(FindDue(), IsEmpty());
}

TEST_P(ScheduleOverlapContract, AChangeKeepsThePendingTick) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  FireJob("nightly", 0);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_FALSE(Put("nightly", NewDefinition(ScheduleDefinition::OVERLAP_CANCEL_RUNNING)));
  EXPECT_EQ(Schedule("nightly").pending_tick, TimeOfTick(1));
}

TEST_P(ScheduleOverlapContract, AJobThatIsRetriedIsWaitedForAgain) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  const std::string job = FireJob("nightly", 0);
  EXPECT_THAT(Finish({Fail(ClaimThe(job))}), IsEmpty());
  FindDue();
  ASSERT_THAT(jobs().Retry(job), IsOk());
  EXPECT_TRUE(Schedule("nightly").is_last_job_live);
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_THAT(Finish({Succeed(ClaimThe(job))}), IsEmpty());
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
  EXPECT_EQ(Schedule("nightly").failures_in_a_row, 0);
}

TEST_P(ScheduleOverlapContract, AJobThatWaitsIsCancelledForTheNextTick) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_CANCEL_RUNNING));
  const std::string first = FireJob("nightly", 0);
  const std::string second = FireJob("nightly", 1);
  EXPECT_EQ(StateOf(first), JobState::kCancelled);
  EXPECT_EQ(StateOf(second), JobState::kQueued);
  EXPECT_EQ(Schedule("nightly").runs, 2);
  EXPECT_EQ(Schedule("nightly").overlapped, 0);
  EXPECT_EQ(Schedule("nightly").pending_tick, std::nullopt);
  EXPECT_THAT(Queue(), Counts({.queued = 1, .cancelled = 1}));
}

TEST_P(ScheduleOverlapContract, AJobThatRunsIsAskedToStopAndThenTheTickIsFired) {
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_CANCEL_RUNNING));
  const ClaimedJob first = ClaimThe(FireJob("nightly", 0));
  EXPECT_EQ(FireTick("nightly", 1), FiringOutcome::kPending);
  EXPECT_THAT(CancelRequests(owner()), ElementsAre(first.job_id));
  EXPECT_EQ(FireTick("nightly", 2), FiringOutcome::kPending);
  EXPECT_EQ(Schedule("nightly").overlapped, 1);
  EXPECT_THAT(FindDue(), IsEmpty());
  EXPECT_THAT(Finish({EndCancelled(first)}), IsEmpty());
  EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
  FireJob("nightly", 2);
  EXPECT_EQ(Schedule("nightly").runs, 2);
  EXPECT_THAT(Queue(), Counts({.queued = 1, .cancelled = 1}));
}

TEST_P(ScheduleOverlapContract, TicksOfOneFiringFollowEachOther) {
  const auto fire = [this](ScheduleDefinition::Overlap overlap) {
    const std::string name = ScheduleDefinition::Overlap_Name(overlap);
    PutNew(name, NewDefinition(overlap));
    return Fire(FiringOf(Schedule(name), NewTicks(0, 3))).outcomes;
  };
  EXPECT_THAT(fire(ScheduleDefinition::OVERLAP_ALLOW),
              ElementsAre(FiringOutcome::kFired, FiringOutcome::kFired, FiringOutcome::kFired));
  EXPECT_THAT(
      fire(ScheduleDefinition::OVERLAP_SKIP),
      ElementsAre(FiringOutcome::kFired, FiringOutcome::kOverlapped, FiringOutcome::kOverlapped));
  EXPECT_EQ(Schedule("OVERLAP_SKIP").overlapped, 2);
  EXPECT_THAT(fire(ScheduleDefinition::OVERLAP_QUEUE_ONE),
              ElementsAre(FiringOutcome::kFired, FiringOutcome::kPending, FiringOutcome::kPending));
  EXPECT_EQ(Schedule("OVERLAP_QUEUE_ONE").pending_tick, TimeOfTick(2));
  EXPECT_EQ(Schedule("OVERLAP_QUEUE_ONE").overlapped, 1);
  EXPECT_THAT(Queue(), Counts({.queued = 5}));
  // Each is cancelled for the next.
  EXPECT_THAT(fire(ScheduleDefinition::OVERLAP_CANCEL_RUNNING),
              ElementsAre(FiringOutcome::kFired, FiringOutcome::kFired, FiringOutcome::kFired));
  EXPECT_THAT(Queue(), Counts({.queued = 6, .cancelled = 2}));
  EXPECT_EQ(StateOf(Schedule("OVERLAP_CANCEL_RUNNING").last_job_id), JobState::kQueued);
  EXPECT_THAT(FindDue(), IsEmpty());
}

TEST_P(ScheduleOverlapContract, AmongManyNoTwoJobsRunAndNoPendingTickIsLost) {
  constexpr int kTurns = 40;
  PutNew("nightly", NewDefinition(ScheduleDefinition::OVERLAP_QUEUE_ONE));
  std::vector<std::string> owners;
  for (int i = 0; i < kThreads; ++i) owners.push_back(NewOwner());
  std::atomic<int> next_tick{0};
  std::atomic<int> done{0};
  std::atomic<int> running{0};
  InThreads([&](int i) {
    const std::string& owner_id = owners[static_cast<size_t>(i)];
    for (int turn = 0; turn < kTurns; ++turn) {
      if (i % 2 == 0) {
        const ScheduleFiring firing = FiringOf(Schedule("nightly"), {NewTick(next_tick++)});
        if (Fire(firing).is_done) ++done;
        continue;
      }
      const std::vector<ClaimedJob> jobs = Claim(2, owner_id);
      EXPECT_LE(jobs.size(), 1U);
      for (const ClaimedJob& job : jobs) {
        EXPECT_EQ(++running, 1);
        std::this_thread::yield();
        // It has ended for others from the next call on.
        --running;
        EXPECT_THAT(Finish(owner_id, {Succeed(job)}), IsEmpty());
      }
    }
  });
  for (const ClaimedJob& job : Claim()) EXPECT_THAT(Finish({Succeed(job)}), IsEmpty());
  if (const ScheduleRecord last = Schedule("nightly"); last.pending_tick.has_value()) {
    EXPECT_THAT(NamesOfDue(), ElementsAre("nightly"));
    TickFiring pending = NewTick(0);
    pending.tick = *last.pending_tick;
    EXPECT_EQ(FireTick("nightly", pending), FiringOutcome::kFired);
  }
  const ScheduleRecord schedule = Schedule("nightly");
  EXPECT_EQ(schedule.pending_tick, std::nullopt);
  EXPECT_GT(done, 0);
  EXPECT_EQ(schedule.runs + schedule.overlapped, done);
}

TEST_P(ScheduleOverlapContract, OtherSchedulesAndJobsAreNotMeant) {
  SubmitOne();
  PutNew("one");
  PutNew("other");
  FireJob("one", 0);
  FireJob("other", 0);
  EXPECT_THAT(Queue(), Counts({.queued = 3}));
}

}  // namespace
}  // namespace protograph
