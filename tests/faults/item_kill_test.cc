// Workers that are killed while they have items of a job.

#include <array>
#include <csignal>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "absl/time/clock.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_faults.h"
#include "protograph/testing/testing.h"

namespace protograph::faults {
namespace {

using ::protograph::testing::IsOk;

using ItemKillTest = JobFaultTest;

TEST_F(ItemKillTest, WorkersAreKilledAtRandomAmongFiveThousandItems) {
  constexpr int64_t kItems = 5000;
  film::MovieId count;
  count.set_id(kItems);
  const absl::StatusOr<JobId> job = client_->Submit<film::TagSet>("items", count, options_);
  ASSERT_THAT(job, IsOk());

  // Whoever kills workers all the time must not take their jobs for the reason.
  const WorkerSettings settings = {.flags = {"--threads", "4", "--most-crashes", "100"}};
  std::array<std::unique_ptr<WorkerProcess>, 4> workers;
  for (std::unique_ptr<WorkerProcess>& worker : workers) worker = StartWorker(settings);
  std::minstd_rand random(20261126);
  int kills = 0;
  constexpr int kMostKills = 60;
  const std::string is_over =
      "SELECT (count(*) = 0)::integer FROM protograph.live WHERE job_id = '" + *job + "'";
  while (kills < kMostKills && Number(is_over) == 0) {
    absl::SleepFor(absl::Milliseconds(30 + static_cast<int>(random() % 170)));
    std::unique_ptr<WorkerProcess>& victim = workers[random() % workers.size()];
    ASSERT_TRUE(victim->is_running()) << victim->EndOfLog();
    victim->Signal(SIGKILL);
    victim->Wait();
    victim = StartWorker(settings);
    ++kills;
  }
  const absl::StatusOr<film::TagSet> tags = client_->Wait<film::TagSet>(*job, absl::Seconds(120));
  EXPECT_THAT(tags, IsOk()) << workers[0]->EndOfLog();
  EXPECT_EQ(tags.ok() ? tags->tags() : 0, kItems * (kItems + 1) / 2);
  EXPECT_TRUE(AwaitAllDone()) << workers[0]->EndOfLog();
  for (const auto& worker : workers) StopWorker(*worker);

  EXPECT_EQ(Number("SELECT count(DISTINCT step) FROM public.runs"), kItems);
  // Whichever job had it then.
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs AS again JOIN public.flushes AS flush "
                   "ON flush.step = again.step AND flush.moment < again.moment"),
            0)
      << "items ran again though their checkpoints were there";
  const int64_t ends = Number("SELECT count(*) FROM public.results");
  EXPECT_EQ(ends, Number("SELECT count(DISTINCT job_id) FROM public.results"));
  EXPECT_EQ(ends, Number("SELECT count(*) FROM protograph.finished WHERE state = 'S'"));
  EXPECT_EQ(
      Number("SELECT sum(scheduled) + sum(queued) + sum(running) FROM protograph.queue_states"), 0);
  // Otherwise nothing was tried.
  const int64_t again = Number("SELECT count(*) - count(DISTINCT step) FROM public.runs");
  EXPECT_GT(kills, 10);
  EXPECT_GT(again, 0);
  std::cout << kills << " kills; " << ends - 1 << " batches, " << again
            << " items of which there was no checkpoint ran again\n";
}

}  // namespace
}  // namespace protograph::faults
