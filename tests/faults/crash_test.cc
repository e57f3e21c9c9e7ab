// Processes killed by SIGKILL at random moments, again and again, until their work is done.

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <pqxx/pqxx>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "crash_work.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/testing/temporary_postgres.h"
#include "protograph/testing/testing.h"

extern char** environ;

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::TemporaryPostgres;

class Process {
 public:
  Process(const std::string& connection, const std::string& workflow, unsigned seed) {
    std::string program = PROTOGRAPH_CRASH_WORKER;
    std::string seed_text = std::to_string(seed);
    std::string connection_text = connection;
    std::string workflow_text = workflow;
    char* arguments[] = {program.data(), connection_text.data(), workflow_text.data(),
                         seed_text.data(), nullptr};
    if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments, environ) != 0) pid_ = 0;
  }

  bool is_running() const { return pid_ > 0; }

  // The exit code; -1 where it was still running after so long, and was killed.
  int WaitOrKill(std::chrono::microseconds patience) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    int status = 0;
    while (std::chrono::steady_clock::now() < give_up) {
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    kill(pid_, SIGKILL);
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
};

class CrashTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<TemporaryPostgres>> postgres = TemporaryPostgres::Start();
    ASSERT_THAT(postgres, IsOk());
    postgres_ = postgres->release();
    ASSERT_THAT(PostgresStore::Open({.connection = postgres_->connection()}), IsOk());
    pqxx::connection connection(postgres_->connection());
    pqxx::work transaction(connection);
    transaction.exec("CREATE TABLE runs (id serial, workflow text, step text)");
    transaction.commit();
  }
  static void TearDownTestSuite() {
    delete postgres_;
    postgres_ = nullptr;
  }

  // By step, of a table whose column `of_workflow` has the workflow's name.
  std::map<std::string, int> Count(const std::string& table, const std::string& of_workflow,
                                   const std::string& workflow) {
    std::map<std::string, int> counts;
    pqxx::work transaction(connection_);
    for (const auto& row :
         transaction.exec("SELECT step, count(*) FROM " + table + " WHERE " + of_workflow + " = " +
                          transaction.quote(workflow) + " GROUP BY step")) {
      counts[row[0].as<std::string>()] = row[1].as<int>();
    }
    return counts;
  }
  std::map<std::string, int> Runs(const std::string& workflow) {
    return Count("runs", "workflow", workflow);
  }
  std::map<std::string, int> Checkpoints(const std::string& workflow) {
    return Count("protograph.checkpoints", "workflow_id", workflow);
  }

  // What the log says of the workflow's last execution; empty where it says nothing.
  std::string State(const std::string& workflow) {
    pqxx::work transaction(connection_);
    const pqxx::result rows =
        transaction.exec("SELECT state FROM protograph.executions WHERE workflow_id = " +
                         transaction.quote(workflow) + " ORDER BY term DESC LIMIT 1");
    return rows.empty() ? "" : rows[0][0].as<std::string>();
  }

  // The server goes on for a moment with what a dead process had sent.
  void AwaitLastWords() {
    while (true) {
      pqxx::work transaction(connection_);
      const pqxx::result others = transaction.exec(
          "SELECT FROM pg_stat_activity "
          "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
      if (others.empty()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  // Starts processes that execute workflows of that kind, and kills them at random moments, until
  // each workflow has succeeded. What was written must not be done again, however often that is.
  void KillUntilDone(const std::string& kind, int workflows);

  static TemporaryPostgres* postgres_;
  pqxx::connection connection_{postgres_->connection()};
};
TemporaryPostgres* CrashTest::postgres_ = nullptr;

void CrashTest::KillUntilDone(const std::string& kind, int workflows) {
  std::minstd_rand random(20261123);
  int kills = 0;
  int restored = 0;
  for (int i = 0; i < workflows; ++i) {
    const std::string workflow = kind + "-" + std::to_string(i);
    // How often the steps had run when their checkpoints were seen.
    std::map<std::string, int> settled;
    int most_microseconds = 40'000;
    while (true) {
      Process process(postgres_->connection(), workflow, static_cast<unsigned>(random()));
      ASSERT_TRUE(process.is_running());
      const int result = process.WaitOrKill(
          std::chrono::microseconds(static_cast<int>(random()) % most_microseconds));
      if (result == 0) break;
      ASSERT_EQ(result, -1) << "the worker failed by itself at " << workflow;
      ++kills;
      AwaitLastWords();
      // Killed between the end of its work and its own: whoever asks again begins anew.
      if (State(workflow) == "succeeded") break;
      const std::map<std::string, int> written = Checkpoints(workflow);
      const std::map<std::string, int> runs = Runs(workflow);
      for (const auto& [step, count] : written) settled.emplace(step, runs.at(step));
      most_microseconds += 5'000;  // so that it ends
    }
    const std::map<std::string, int> runs = Runs(workflow);
    for (const auto& [step, count] : settled) {
      EXPECT_EQ(runs.at(step), count) << step << " of " << workflow;
    }
    restored += static_cast<int>(settled.size());
    EXPECT_NE(State(workflow), "running") << workflow;
    EXPECT_THAT(Checkpoints(workflow), ::testing::IsEmpty()) << workflow;
  }
  // Otherwise nothing was tried.
  EXPECT_GT(kills, workflows / 2);
  EXPECT_GT(restored, workflows / 10);
  std::cout << kills << " kills of " << kind << ", " << restored << " steps restored\n";
}

TEST_F(CrashTest, FiveStepsOneOfThemSynchronous) {
  KillUntilDone("five", 60);
  // Once something that needs it has run, the synchronous step was acknowledged.
  pqxx::work transaction(connection_);
  EXPECT_EQ(transaction
                .exec("SELECT count(*) FROM runs AS again "
                      "WHERE again.step = 'FetchDirector' AND EXISTS ("
                      "  SELECT FROM runs AS needs WHERE needs.workflow = again.workflow"
                      "  AND needs.step = 'Classify' AND needs.id < again.id)")[0][0]
                .as<int>(),
            0);
}

TEST_F(CrashTest, Films) { KillUntilDone("movie", 40); }

TEST_F(CrashTest, LaboratoryVisits) { KillUntilDone("lab", 40); }

TEST_F(CrashTest, RandomGraphs) { KillUntilDone("random", 150); }

// Each process runs no item whose checkpoint was there when it began, and the last one all others.
TEST_F(CrashTest, ItemsOfACollection) {
  std::minstd_rand random(20261126);
  int kills = 0;
  int restored = 0;
  for (int i = 0; i < 6; ++i) {
    const std::string workflow = "items-" + std::to_string(i);
    std::map<std::string, int> runs;
    std::map<std::string, int> written;
    bool is_over = false;
    for (int most_milliseconds = 150; !is_over; most_milliseconds += 20) {
      Process process(postgres_->connection(), workflow, static_cast<unsigned>(random()));
      ASSERT_TRUE(process.is_running());
      const int result = process.WaitOrKill(
          std::chrono::milliseconds(static_cast<int>(random()) % most_milliseconds));
      const bool has_ended = result == 0;
      ASSERT_TRUE(has_ended || result == -1) << "the worker failed by itself at " << workflow;
      AwaitLastWords();
      std::map<std::string, int> runs_now = Runs(workflow);
      for (const std::string step : {"Analyze", "Classify"}) {
        const int open = kCrashItems - written[step];
        const int run = runs_now[step] - runs[step];
        if (has_ended) {
          EXPECT_EQ(run, open) << step << " of " << workflow;
        } else {
          EXPECT_LE(run, open) << step << " of " << workflow;
        }
        restored += written[step];
      }
      kills += has_ended ? 0 : 1;
      is_over = has_ended || State(workflow) == "succeeded";
      runs = std::move(runs_now);
      written = Checkpoints(workflow);
    }
    EXPECT_THAT(Checkpoints(workflow), ::testing::IsEmpty()) << workflow;
  }
  // Otherwise nothing was tried.
  EXPECT_GT(kills, 6);
  EXPECT_GT(restored, kCrashItems);
  std::cout << kills << " kills, " << restored << " items restored\n";
}

}  // namespace
}  // namespace protograph
