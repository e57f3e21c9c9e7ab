// The testing kit's Postgres: that it can be stopped and started, and leaves nothing behind.

#include "protograph/testing/temporary_postgres.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "support.h"

extern char** environ;

namespace {

// Names the variable with the number of a pipe's end.
constexpr char kPipe[] = "PROTOGRAPH_TEST_PIPE";

using ::protograph::integration::Query;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::protograph::testing::TemporaryPostgres;

pid_t ServerOf(const std::string& directory) {
  std::ifstream file(directory + "/data/postmaster.pid");
  pid_t process = 0;
  file >> process;
  return process;
}

bool EndsWithin(pid_t process, absl::Duration timeout) {
  const absl::Time give_up = absl::Now() + timeout;
  while (kill(process, 0) == 0) {
    if (absl::Now() > give_up) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

TEST(TemporaryPostgres, KeepsItsDataWhenItIsStarted) {
  auto postgres = TemporaryPostgres::Start({.settings = {"max_connections=7"}});
  ASSERT_THAT(postgres, IsOk());
  const std::string connection = (*postgres)->connection();
  EXPECT_EQ(Query(connection, "SHOW max_connections"), "7");
  EXPECT_EQ(Query(connection, "SHOW fsync"), "off");
  Query(connection, "CREATE TABLE t AS SELECT 1 AS one");
  for (const auto mode :
       {TemporaryPostgres::StopMode::kFast, TemporaryPostgres::StopMode::kImmediate}) {
    ASSERT_THAT((*postgres)->Stop(mode), IsOk());
    EXPECT_THAT(Query(connection, "SELECT one FROM t"), ::testing::StartsWith("error"));
    ASSERT_THAT((*postgres)->Stop(mode), IsOk());
    ASSERT_THAT((*postgres)->StartAgain(), IsOk());
    EXPECT_EQ(Query(connection, "SELECT one FROM t"), "1");
  }
}

TEST(TemporaryPostgres, LeavesNothingBehind) {
  auto postgres = TemporaryPostgres::Start();
  ASSERT_THAT(postgres, IsOk());
  const std::string directory = (*postgres)->socket_directory();
  const pid_t server = ServerOf(directory);
  (*postgres)->Pause();
  postgres->reset();
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_TRUE(EndsWithin(server, absl::ZeroDuration()));
}

// Not a test but the process of the one below, which starts this program again for it: a process
// with threads must not go on after a fork.
TEST(TemporaryPostgres, DISABLED_SaysWhereItIsAndWaitsForItsEnd) {
  const char* const end = std::getenv(kPipe);
  ASSERT_NE(end, nullptr);
  auto postgres = TemporaryPostgres::Start();
  const std::string directory = postgres.ok() ? (*postgres)->socket_directory() : "";
  std::ofstream(fmt::format("/dev/fd/{}", end)) << directory << std::endl;
  pause();
}

TEST(TemporaryPostgres, DoesNotOutliveItsProcess) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  setenv(kPipe, std::to_string(ends[1]).c_str(), 1);
  // Where this program has a share of the tests, that one has its only one.
  unsetenv("GTEST_TOTAL_SHARDS");
  unsetenv("GTEST_SHARD_INDEX");
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=TemporaryPostgres.DISABLED_SaysWhereItIsAndWaitsForItsEnd";
  std::string disabled = "--gtest_also_run_disabled_tests";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
  pid_t child = 0;
  ASSERT_EQ(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ), 0);
  close(ends[1]);
  std::string directory;
  std::getline(std::ifstream(fmt::format("/dev/fd/{}", ends[0])), directory);
  close(ends[0]);
  ASSERT_NE(directory, "");
  const pid_t server = ServerOf(directory);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(EndsWithin(server, absl::Seconds(20)));
  std::filesystem::remove_all(directory);
}

TEST(TemporaryPostgres, SaysWhyItDoesNotStart) {
  EXPECT_THAT(TemporaryPostgres::Start({.settings = {"max_connections=many"}}),
              StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("max_connections")));
}

}  // namespace
