// Through PgBouncer in transaction mode: every transaction may come to another connection of the
// server.

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "base/child_process.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "support.h"

namespace {

using ::protograph::ExecutionState;
using ::protograph::PostgresOptions;
using ::protograph::PostgresStore;
using ::protograph::integration::FreshOptions;
using ::protograph::integration::Query;
using ::protograph::integration::RegisterOwner;
using ::protograph::integration::SharedPostgres;
using ::protograph::integration::TestRun;
using ::protograph::internal::ChildOptions;
using ::protograph::internal::ChildProcess;
using ::protograph::internal::FindProgram;
using ::protograph::internal::FindUser;
using ::protograph::testing::IsOk;

class PgBouncer : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string program = FindProgram({"pgbouncer", "/usr/sbin/pgbouncer"});
    ASSERT_NE(program, "") << "install pgbouncer";
    const std::string& folder = SharedPostgres().socket_directory();
    const std::string settings = folder + "/pgbouncer.ini";
    std::ofstream(folder + "/users.txt") << "\"postgres\" \"\"\n";
    std::ofstream(settings) << fmt::format(
        "[databases]\n* = host={0} port=5432\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {0}\n"
        "listen_port = 6432\nauth_type = trust\nauth_file = {0}/users.txt\npool_mode = "
        "transaction\n"
        "default_pool_size = 3\nserver_reset_query = DISCARD ALL\n",
        folder);
    ChildOptions options{
        .command = {program, settings}, .log_file = folder + "/pgbouncer.log", .directory = folder};
    if (geteuid() == 0) options.user = FindUser("postgres");
    auto bouncer = ChildProcess::Start(options);
    ASSERT_THAT(bouncer, IsOk());
    bouncer_ = *std::move(bouncer);
    connection_ = fmt::format("host={} port=6432 user=postgres dbname=postgres", folder);
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (Query(connection_, "SELECT 1") != "1") {
      ASSERT_TRUE(bouncer_->is_running() && absl::Now() < give_up)
          << ::protograph::internal::EndOfLog(folder + "/pgbouncer.log");
      absl::SleepFor(absl::Milliseconds(10));
    }
  }

  std::unique_ptr<ChildProcess> bouncer_;
  std::string connection_;
};

TEST_F(PgBouncer, SharesConnectionsBetweenStores) {
  PostgresOptions options = FreshOptions();
  options.connection = connection_;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      auto store = PostgresStore::Open(options);
      ASSERT_THAT(store, IsOk());
      TestRun run;
      ASSERT_THAT(RegisterOwner(**store, run), IsOk());
      for (int i = 0; i < 30; ++i) {
        run.execution_id = ::protograph::integration::NewUuid();
        run.workflow_id = fmt::format("{}-{}", t, i);
        ASSERT_THAT((*store)->Heartbeat(run.owner_id, absl::Hours(1)), IsOk());
        const auto written = (*store)->Write(
            {.starts = {run.Start()}, .checkpoints = {run.Result(1), run.Result(2)}});
        ASSERT_THAT(written, IsOk());
        EXPECT_EQ(written->claimed.size(), 1);
        EXPECT_EQ((*store)->Load(run.workflow_id)->size(), 2);
        ASSERT_THAT((*store)->Write(
                        {.ends = {run.End(ExecutionState::kSucceeded)}, .synchronous = i % 2 == 0}),
                    IsOk());
        ASSERT_THAT((*store)->Sweep({}), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(
      Query("SELECT count(*) FROM " + options.schema + ".executions WHERE state = 'succeeded'"),
      "180");
}

TEST_F(PgBouncer, SeesNoSettingOfATransactionAfterIt) {
  PostgresOptions options = FreshOptions();
  options.connection = connection_;
  auto store = PostgresStore::Open(options);
  ASSERT_THAT(store, IsOk());
  const TestRun run;
  ASSERT_THAT(RegisterOwner(**store, run), IsOk());
  ASSERT_THAT((*store)->Write({.starts = {run.Start()}}), IsOk());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Query(connection_,
                    "SELECT current_setting('statement_timeout'), "
                    "current_setting('synchronous_commit')"),
              "0|on");
  }
}

}  // namespace
