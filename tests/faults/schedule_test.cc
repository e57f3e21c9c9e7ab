// Ticks of schedules while workers are killed, the server crashes and clocks jump.

#include <array>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_faults.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/jobs/schedules.h"
#include "protograph/testing/testing.h"

namespace protograph::faults {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::TemporaryPostgres;

class ScheduleFaultTest : public JobFaultTest {
 protected:
  void SetUp() override {
    JobFaultTest::SetUp();
    absl::StatusOr<std::unique_ptr<Schedules>> schedules = Schedules::Make(store_);
    ASSERT_THAT(schedules, IsOk());
    schedules_ = *std::move(schedules);
  }

  // A tick each second, `phase` after the full one. What is missed is made up for.
  void PutEverySecond(const std::string& name, absl::Duration phase) {
    movie_tagging::MovieId film;
    film.set_id(603);
    Schedule schedule = {.interval = absl::Seconds(1),
                         .anchor = absl::UnixEpoch() + phase,
                         .missed = MissedTicks::kRunAll,
                         .overlap = Overlap::kAllow};
    schedule.job.retry = {.attempts = 50, .backoff = absl::Milliseconds(100)};
    EXPECT_THAT(schedules_->Put<movie_tagging::TagSet>(name, "movie_tagging", film, schedule),
                IsOk());
  }

  // Pauses all, and waits until what they have made is done.
  void EndAll(int count) {
    for (int i = 0; i < count; ++i) ASSERT_THAT(schedules_->Pause(NameOf(i)), IsOk());
    ASSERT_TRUE(AwaitAllDone());
  }

  static std::string NameOf(int i) { return fmt::format("every second {}", i); }

  // From the first tick of each schedule to its last each has exactly one job, which succeeded.
  void ExpectEachTickOnce(int count, int64_t least) {
    const int64_t firings = Number("SELECT count(*) FROM protograph.schedule_firings");
    EXPECT_GE(firings, count * least);
    EXPECT_EQ(Number("SELECT count(DISTINCT schedule_id) FROM protograph.schedule_firings"), count);
    // No gap and, by the primary key, no tick twice.
    EXPECT_EQ(Number("SELECT sum(expected)::bigint FROM ("
                     "SELECT extract(epoch FROM max(tick) - min(tick)) + 1 AS expected "
                     "FROM protograph.schedule_firings GROUP BY schedule_id) AS schedules"),
              firings);
    EXPECT_EQ(Number("SELECT count(*) FROM protograph.schedule_firings WHERE outcome <> 'f'"), 0);
    EXPECT_EQ(Number("SELECT count(*) FROM protograph.jobs"), firings);
    EXPECT_EQ(Number("SELECT count(DISTINCT firings.job_id) FROM protograph.schedule_firings "
                     "AS firings JOIN protograph.finished USING (job_id) WHERE state = 'S'"),
              firings);
    // By the database's clock, whatever others say.
    EXPECT_EQ(Number("SELECT count(*) FROM protograph.schedule_firings "
                     "WHERE fired_at < tick OR fired_at > tick + interval '1 minute'"),
              0);
    EXPECT_EQ(Number("SELECT sum(runs)::bigint FROM protograph.schedules"), firings);
    EXPECT_EQ(Number("SELECT sum(missed + overlapped)::bigint FROM protograph.schedules"), 0);
  }

  std::unique_ptr<Schedules> schedules_;
};

// Ten schedules have in a minute the ticks that one has in ten.
TEST_F(ScheduleFaultTest, EightWorkersAreKilledAtRandomAndTheServerCrashesTwice) {
  constexpr int kSchedules = 10;
  constexpr size_t kWorkers = 8;
  constexpr absl::Duration kTime = absl::Seconds(60);
  std::mt19937 random(20261126);
  const auto start = [&] {
    // Clocks of machines are an hour fast, right, or an hour slow.
    const int shift = std::uniform_int_distribution<int>(-1, 1)(random) * 3600;
    return StartWorker({.variables = {std::string("LD_PRELOAD=") + PROTOGRAPH_JOB_CLOCK,
                                      fmt::format("CLOCK_SHIFT={}", shift)},
                        .flags = {"--threads", "2", "--most-crashes", "1000"}});
  };
  std::array<std::unique_ptr<WorkerProcess>, kWorkers> workers;
  for (auto& worker : workers) worker = start();
  for (int i = 0; i < kSchedules; ++i) PutEverySecond(NameOf(i), i * absl::Milliseconds(100));
  int kills = 0;
  int crashes = 0;
  const absl::Time begin = absl::Now();
  while (absl::Now() - begin < kTime) {
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(20, 600)(random)));
    if (absl::Now() - begin > (crashes + 1) * kTime / 3 && crashes < 2) {
      ASSERT_THAT(postgres_->Restart(TemporaryPostgres::StopMode::kImmediate), IsOk());
      ++crashes;
    }
    auto& victim = workers[std::uniform_int_distribution<size_t>(0, kWorkers - 1)(random)];
    victim->Signal(SIGKILL);
    victim->Wait();
    victim = start();
    ++kills;
  }
  EndAll(kSchedules);
  for (const auto& worker : workers) StopWorker(*worker);
  EXPECT_EQ(crashes, 2);
  EXPECT_GT(kills, 100);
  ExpectEachTickOnce(kSchedules, 55);
  const int64_t firers = Number("SELECT count(DISTINCT owner_id) FROM protograph.schedule_firings");
  EXPECT_GT(firers, static_cast<int64_t>(kWorkers));
  std::cout << kills << " kills; " << Number("SELECT count(*) FROM protograph.schedule_firings")
            << " ticks, fired by " << firers << " workers\n";
}

TEST_F(ScheduleFaultTest, TheClockOfTheWorkerJumps) {
  const std::string path = postgres_->socket_directory() + "/clock";
  const auto jump = [&](int64_t seconds) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    if (!file) file.open(path, std::ios::out | std::ios::binary);
    file.write(reinterpret_cast<const char*>(&seconds), sizeof(seconds));
  };
  jump(0);
  const std::unique_ptr<WorkerProcess> worker =
      StartWorker({.variables = {std::string("LD_PRELOAD=") + PROTOGRAPH_JOB_CLOCK,
                                 "CLOCK_SHIFT_FILE=" + path}});
  constexpr int kSchedules = 2;
  for (int i = 0; i < kSchedules; ++i) PutEverySecond(NameOf(i), i * absl::Milliseconds(500));
  for (const int64_t seconds : {-3600, 7200, -7200, 0}) {
    absl::SleepFor(absl::Seconds(2.5));
    jump(seconds);
  }
  absl::SleepFor(absl::Seconds(2));
  EndAll(kSchedules);
  StopWorker(*worker);
  ExpectEachTickOnce(kSchedules, 10);
  // Not late either.
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.schedule_firings "
                   "WHERE fired_at > tick + interval '900 milliseconds'"),
            0);
}

}  // namespace
}  // namespace protograph::faults
