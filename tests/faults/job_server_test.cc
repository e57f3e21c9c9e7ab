// The server cuts connections, vacuum may not clear up, and a thousand clients come at once.

#include <atomic>
#include <iostream>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "base/uuid.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_faults.h"
#include "protograph/random_source.h"
#include "protograph/testing/testing.h"

namespace protograph::faults {
namespace {

using ::protograph::testing::IsOk;

using JobServerTest = JobFaultTest;

TEST_F(JobServerTest, CutsConnectionsAllTheTime) {
  for (int i = 0; i < 50; ++i) {
    SubmitFilms(98);
    SubmitRecorded(2, absl::Milliseconds(50));
  }
  const WorkerSettings settings = {.variables = {"FILM_MICROSECONDS=2000"}};
  const std::unique_ptr<WorkerProcess> first = StartWorker(settings);
  const std::unique_ptr<WorkerProcess> second = StartWorker(settings);
  ASSERT_TRUE(Await("SELECT count(*) FROM public.results"));
  int64_t cuts = 0;
  {
    pqxx::connection connection(postgres_->connection());
    for (int i = 0; i < 100; ++i) {
      pqxx::nontransaction session(connection);
      cuts += session
                  .exec(
                      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                      "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")[0][0]
                  .as<int64_t>();
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
  EXPECT_TRUE(AwaitAllDone()) << first->EndOfLog();
  StopWorker(*first);
  StopWorker(*second);
  EXPECT_GT(cuts, 100);
  ExpectEachDoneOnce();
  ExpectNoFlushedStepRepeated();
  std::cout << cuts << " connections were cut\n";
}

TEST_F(JobServerTest, KeepsDeadRowsWhileATransactionIsOpen) {
  pqxx::connection connection(postgres_->connection());
  pqxx::work open(connection);
  // It has seen the database, so that nothing of it may be cleared up.
  open.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  open.exec("SELECT count(*) FROM protograph.live");
  const std::string session = std::to_string(connection.backendpid());
  const absl::Time begin = absl::Now();
  // Many small claims.
  const std::unique_ptr<WorkerProcess> worker = StartWorker({.flags = {"--prefetch", "20"}});
  // Steady load, until it is old enough to be named and more.
  while (absl::Now() < begin + absl::Seconds(62)) {
    SubmitFilms(700);
    ASSERT_TRUE(AwaitAllDone(absl::Seconds(30))) << worker->EndOfLog();
    absl::SleepFor(absl::Seconds(2));
  }
  EXPECT_TRUE(worker->AwaitSaid("process " + session + " of the server")) << worker->EndOfLog();
  EXPECT_TRUE(worker->HasSaid("pg_terminate_backend(" + session + ")"));
  WorkerProcess doctor(
      {.command = {PROTOGRAPH_CLI_PROGRAM, "--database", postgres_->connection(), "doctor"}},
      postgres_->socket_directory() + "/doctor.log");
  EXPECT_TRUE(doctor.Wait().has_value());
  EXPECT_TRUE(doctor.HasSaid("session " + session)) << doctor.EndOfLog();
  EXPECT_TRUE(doctor.HasSaid("keeps dead rows from being removed")) << doctor.EndOfLog();
  StopWorker(*worker);
  ExpectEachDoneOnce();
  // Statistics come with the ends of the sessions.
  EXPECT_TRUE(
      Await("SELECT (count(*) <= 5)::integer FROM pg_stat_activity "
            "WHERE backend_type = 'client backend'"));
  // Were each claim to begin at the front, it would step over all that were done before: ten
  // million in all. Some do, as the time allows.
  const int64_t read = Number(
      "SELECT idx_tup_read FROM pg_stat_user_indexes "
      "WHERE schemaname = 'protograph' AND indexrelname = 'live_queued'");
  std::cout << read << " index entries were read to claim " << submitted() << " jobs\n";
  EXPECT_LT(read, 300 * submitted());
}

TEST_F(JobServerTest, LetsOneOfManyHaveAUniqueKey) {
  constexpr int kThreads = 64;
  constexpr int kSubmissions = 1'000;
  constexpr int kRivals = 25;
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = postgres_->connection(), .max_connections = kThreads});
  ASSERT_THAT(store, IsOk());
  std::vector<SubmittedJob> submitted(kSubmissions);
  std::atomic<int> next{0};
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      // All have a connection before any submits.
      EXPECT_THAT((*store)->jobs()->Queues(), IsOk());
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      for (int i = next++; i < kSubmissions; i = next++) {
        const JobSubmission submission = {
            .job_id = internal::MakeUuidV7(absl::Now(), RandomSource::System()),
            .graph = "recorded",
            .output_type = "film.TagSet",
            .inputs = "",
            .unique_key = "key-" + std::to_string(i / kRivals)};
        absl::StatusOr<std::vector<SubmittedJob>> jobs =
            (*store)->jobs()->Submit(std::span<const JobSubmission>(&submission, 1));
        ASSERT_THAT(jobs, IsOk());
        submitted[static_cast<size_t>(i)] = jobs->front();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int first = 0; first < kSubmissions; first += kRivals) {
    int winners = 0;
    for (int i = first; i < first + kRivals; ++i) {
      winners += submitted[static_cast<size_t>(i)].is_new;
      EXPECT_EQ(submitted[static_cast<size_t>(i)].job_id,
                submitted[static_cast<size_t>(first)].job_id);
    }
    EXPECT_EQ(winners, 1) << "for key " << first / kRivals;
  }
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.jobs"), kSubmissions / kRivals);
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.live WHERE state = 'q'"),
            kSubmissions / kRivals);
}

}  // namespace
}  // namespace protograph::faults
