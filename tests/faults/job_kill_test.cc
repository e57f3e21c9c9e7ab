// Workers that are killed, stopped and continued, and killed by their own jobs.

#include <array>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_faults.h"
#include "protograph/testing/testing.h"

namespace protograph::faults {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::TemporaryPostgres;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;

using JobKillTest = JobFaultTest;

TEST_F(JobKillTest, WorkersAreKilledEverySecondAndTheServerCrashesTwice) {
  // Among the films are jobs of which each kill meets some: they take 300 ms, and their first step
  // has its checkpoint after a few of these.
  constexpr int kRounds = 100;
  for (int i = 0; i < kRounds; ++i) {
    SubmitFilms(199);
    SubmitRecorded(1, absl::Milliseconds(300));
  }
  ASSERT_EQ(submitted(), 20'000);
  // Whoever kills workers all the time must not take their jobs for the reason.
  const WorkerSettings settings = {.variables = {"FILM_MICROSECONDS=5000"},
                                   .flags = {"--threads", "8", "--most-crashes", "100"}};
  std::array<std::unique_ptr<WorkerProcess>, 2> workers = {StartWorker(settings),
                                                           StartWorker(settings)};
  int kills = 0;
  int crashes = 0;
  constexpr int kMostKills = 30;
  while (kills < kMostKills && Unfinished() > 0) {
    absl::SleepFor(absl::Seconds(1));
    // A moment apart from the kill, so that the two come in either order of what they interrupt.
    if (kills == 2 || kills == 5) {
      ASSERT_THAT(postgres_->Restart(TemporaryPostgres::StopMode::kImmediate), IsOk());
      ++crashes;
    }
    std::unique_ptr<WorkerProcess>& victim = workers[static_cast<size_t>(kills % 2)];
    ASSERT_TRUE(victim->is_running()) << victim->EndOfLog();
    victim->Signal(SIGKILL);
    victim->Wait();
    victim = StartWorker(settings);
    ++kills;
  }
  EXPECT_TRUE(AwaitAllDone()) << Unfinished() << " jobs are not done: " << workers[0]->EndOfLog();
  for (const auto& worker : workers) StopWorker(*worker);

  EXPECT_EQ(crashes, 2);
  ExpectEachDoneOnce();
  ExpectNoFlushedStepRepeated();
  // Otherwise nothing was tried.
  const int64_t interrupted =
      Number("SELECT count(*) - count(DISTINCT job_id) FROM public.runs WHERE step = 'Work'");
  const int64_t prepared =
      Number("SELECT count(*) - count(DISTINCT job_id) FROM public.runs WHERE step = 'Prepare'");
  EXPECT_GT(interrupted - prepared, 0);
  std::cout << kills << " kills; " << interrupted << " interrupted steps ran again, for "
            << interrupted - prepared << " of which the step before did not\n";
}

TEST_F(JobKillTest, AWorkerIsStoppedBeyondItsLeaseAndContinued) {
  std::unique_ptr<WorkerProcess> stopped = StartWorker();
  SubmitRecorded(4, absl::Milliseconds(700));
  ASSERT_TRUE(
      Await("SELECT (count(*) = 4)::integer FROM public.flushes WHERE step = 'Prepare' AND "
            "(SELECT count(*) FROM public.runs WHERE step = 'Work') = 4"));
  stopped->Signal(SIGSTOP);
  std::unique_ptr<WorkerProcess> other = StartWorker();
  EXPECT_TRUE(AwaitAllDone()) << other->EndOfLog();
  const std::string done_by = Text("SELECT min(owner_id::text) FROM protograph.finished");

  stopped->Signal(SIGCONT);
  EXPECT_TRUE(stopped->AwaitSaid("was not this worker's any more")) << stopped->EndOfLog();
  // It is a worker again, under another name.
  StopWorker(*other);
  SubmitRecorded(4, absl::ZeroDuration());
  EXPECT_TRUE(AwaitAllDone()) << stopped->EndOfLog();
  StopWorker(*stopped);
  EXPECT_TRUE(stopped->HasSaid("4 jobs succeeded, 0 failed")) << stopped->EndOfLog();
  EXPECT_TRUE(stopped->HasSaid("4 refused")) << stopped->EndOfLog();

  ExpectEachDoneOnce();
  ExpectNoFlushedStepRepeated();
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.finished WHERE owner_id = '" + done_by + "'"),
            4);
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs WHERE step = 'Prepare'"), 8);
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs WHERE step = 'Work'"), 12);
}

TEST_F(JobKillTest, AJobThatKillsItsWorkersIsSetAsideAndNoOther) {
  // All of these are handed to the first worker with it.
  SubmitRecorded(20, absl::Milliseconds(100));
  film::MovieId id;
  id.set_id(1);
  const absl::StatusOr<JobId> poison = client_->Submit<film::Poster>("recorded", id, options_);
  ASSERT_THAT(poison, IsOk());
  SubmitRecorded(20, absl::Milliseconds(100));

  const WorkerSettings settings = {.flags = {"--prefetch", "100", "--most-crashes", "3"}};
  std::unique_ptr<WorkerProcess> worker = StartWorker(settings);
  int deaths = 0;
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (Unfinished() > 0 && absl::Now() < give_up) {
    if (!worker->is_running()) {
      ++deaths;
      worker = StartWorker(settings);
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(Unfinished(), 0) << worker->EndOfLog();
  StopWorker(*worker);

  // The first death only makes it one of several that it may have been.
  EXPECT_EQ(deaths, 4);
  EXPECT_THAT(client_->Status(*poison),
              IsOkAndHolds(AllOf(Field("state", &JobRecord::state, JobState::kFailed),
                                 Field("crashes", &JobRecord::crashes, 3),
                                 Field("error", &JobRecord::error, HasSubstr("set aside")))));
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs WHERE step = 'Die'"), 4);
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.finished WHERE state = 'S'"), submitted());
  EXPECT_EQ(Number("SELECT count(*) FROM public.results"), submitted() + 1);
  ExpectNoFlushedStepRepeated();
}

}  // namespace
}  // namespace protograph::faults
