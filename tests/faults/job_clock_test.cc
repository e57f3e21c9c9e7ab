// Machines whose clocks are an hour wrong.

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_faults.h"
#include "protograph/testing/testing.h"

namespace protograph::faults {
namespace {

using ::testing::Optional;

class JobClockTest : public JobFaultTest {
 protected:
  static std::vector<std::string> Clock(int seconds) {
    return {std::string("LD_PRELOAD=") + PROTOGRAPH_JOB_CLOCK,
            "CLOCK_SHIFT=" + std::to_string(seconds)};
  }

  void SubmitFrom(int seconds, int count, int delay) {
    std::vector<std::string> command = Clock(seconds);
    command.insert(command.begin(), "/usr/bin/env");
    command.insert(command.end(), {PROTOGRAPH_JOB_SUBMITTER, postgres_->connection(),
                                   std::to_string(count), std::to_string(delay)});
    EXPECT_THAT(RunProgram(command), Optional(0));
    NoteSubmitted(count);
  }
};

TEST_F(JobClockTest, OnlyTheClockOfTheDatabaseCounts) {
  constexpr int kHour = 3600;
  options_.timeout = absl::Seconds(30);
  // So that neither takes all of the long ones.
  const std::vector<std::string> few = {"--prefetch", "1"};
  const std::unique_ptr<WorkerProcess> fast =
      StartWorker({.variables = Clock(kHour), .flags = few});
  const std::unique_ptr<WorkerProcess> slow =
      StartWorker({.variables = Clock(-kHour), .flags = few});
  ASSERT_TRUE(Await("SELECT (count(*) = 2)::integer FROM protograph.workers"));
  for (const int seconds : {kHour, 0, -kHour}) {
    SubmitFrom(seconds, 20, 0);
    SubmitFrom(seconds, 20, 1500);
  }
  SubmitFilms(1'000);
  // Beyond a lease.
  SubmitRecorded(12, absl::Milliseconds(1500));
  ASSERT_TRUE(AwaitAllDone()) << fast->EndOfLog() << slow->EndOfLog();

  // Neither was taken for dead and came back under another name.
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.owners"), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.living_owners"), 2);
  StopWorker(*fast);
  StopWorker(*slow);
  ExpectEachDoneOnce();
  ExpectNoFlushedStepRepeated();
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs"), 2 * (6 * 20 + 12)) << "steps ran again";
  EXPECT_EQ(Number("SELECT count(DISTINCT owner_id) FROM protograph.finished"), 2);

  // None was begun too early, or an hour late.
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.finished JOIN protograph.jobs USING (job_id) "
                   "WHERE started_at < submitted_at "
                   "OR started_at > submitted_at + interval '10 minutes' "
                   "OR finished_at < started_at"),
            0);
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.finished JOIN protograph.jobs USING (job_id) "
                   "WHERE tags = '{1500}' "
                   "AND started_at >= submitted_at + interval '1500 milliseconds'"),
            3 * 20);
  // Ids have the time of those who submit: a third is an hour ahead, a third an hour behind.
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.jobs WHERE job_id > "
                   "protograph.first_uuid_of(now() + interval '30 minutes')"),
            40);
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.jobs WHERE job_id < "
                   "protograph.first_uuid_of(now() - interval '30 minutes')"),
            40);
}

}  // namespace
}  // namespace protograph::faults
