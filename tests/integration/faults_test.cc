// The server goes away, comes back, or falls silent.

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "support.h"

namespace {

using ::protograph::PostgresOptions;
using ::protograph::PostgresStore;
using ::protograph::integration::FreshOptions;
using ::protograph::integration::Query;
using ::protograph::integration::RegisterOwner;
using ::protograph::integration::TestRun;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::protograph::testing::TemporaryPostgres;
using ::testing::_;

// A server of the test's own, and a store with short timeouts on it.
class Faults : public ::testing::Test {
 protected:
  void SetUp() override {
    auto postgres = TemporaryPostgres::Start();
    ASSERT_THAT(postgres, IsOk());
    postgres_ = *std::move(postgres);
    auto store = PostgresStore::Open({.connection = postgres_->connection(),
                                      .connect_timeout = absl::Seconds(2),
                                      .statement_timeout = absl::Seconds(1),
                                      .acquire_timeout = absl::Seconds(1),
                                      .first_backoff = absl::Milliseconds(20),
                                      .longest_backoff = absl::Milliseconds(100)});
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
    ASSERT_THAT(RegisterOwner(*store_, run_), IsOk());
    ASSERT_THAT(
        store_->Write(
            {.starts = {run_.Start()}, .checkpoints = {run_.Result(1)}, .synchronous = true}),
        IsOk());
  }

  // Writes until it is taken; what the backoff allows.
  absl::Status WriteAgain() {
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (true) {
      const absl::Status status =
          store_->Write({.checkpoints = {run_.Result(2)}, .synchronous = true}).status();
      if (!absl::IsUnavailable(status) || absl::Now() > give_up) return status;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  std::unique_ptr<TemporaryPostgres> postgres_;
  std::shared_ptr<PostgresStore> store_;
  TestRun run_;
};

TEST_F(Faults, AConnectionThatBrokeWhileItLayIdleIsReplacedUnnoticed) {
  Query(postgres_->connection(),
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'protograph'");
  EXPECT_THAT(store_->Write({.checkpoints = {run_.Result(2)}}), IsOk());
  EXPECT_EQ(store_->Load(run_.workflow_id)->size(), 2);
}

TEST_F(Faults, AConnectionThatBreaksInAStatementIsUnavailable) {
  // A lock that the write waits for until its backend is ended.
  std::thread killer([&] {
    Query(postgres_->connection(),
          "BEGIN; LOCK TABLE protograph.claims IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(0.3); "
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
          "WHERE application_name = 'protograph'; COMMIT");
  });
  absl::Status status = absl::OkStatus();
  while (status.ok()) status = store_->Write({.checkpoints = {run_.Result(2)}}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, _));
  killer.join();
  EXPECT_THAT(WriteAgain(), IsOk());
}

TEST_F(Faults, AStatementThatTakesTooLongIsUnavailable) {
  std::thread locker([&] {
    Query(
        postgres_->connection(),
        "BEGIN; LOCK TABLE protograph.claims IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT");
  });
  absl::Status status = absl::OkStatus();
  while (status.ok()) status = store_->Write({.checkpoints = {run_.Result(2)}}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, _));
  locker.join();
  EXPECT_THAT(WriteAgain(), IsOk());
}

TEST_F(Faults, ACrashOfTheServerIsUnavailableUntilItIsBack) {
  ASSERT_THAT(postgres_->Stop(TemporaryPostgres::StopMode::kImmediate), IsOk());
  for (int i = 0; i < 20; ++i) {
    const absl::Time began = absl::Now();
    EXPECT_THAT(store_->Write({.checkpoints = {run_.Result(2)}}),
                StatusIs(absl::StatusCode::kUnavailable, _));
    EXPECT_LT(absl::Now() - began, absl::Seconds(1));
  }
  ASSERT_THAT(postgres_->StartAgain(), IsOk());
  EXPECT_THAT(WriteAgain(), IsOk());
  EXPECT_EQ(store_->Load(run_.workflow_id)->size(), 2);
}

TEST_F(Faults, ARestartIsUnnoticedByTheNextCall) {
  ASSERT_THAT(postgres_->Restart(TemporaryPostgres::StopMode::kFast), IsOk());
  EXPECT_THAT(store_->Write({.checkpoints = {run_.Result(2)}}), IsOk());
}

TEST_F(Faults, AServerThatFallsSilentIsUnavailableInTime) {
  postgres_->Pause();
  const absl::Time began = absl::Now();
  EXPECT_THAT(store_->Write({.checkpoints = {run_.Result(2)}}),
              StatusIs(absl::StatusCode::kUnavailable, ::testing::HasSubstr("no answer")));
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));
  // Connecting has no answer either.
  EXPECT_THAT(store_->Load(run_.workflow_id), StatusIs(absl::StatusCode::kUnavailable, _));
  EXPECT_LT(absl::Now() - began, absl::Seconds(10));
  postgres_->Continue();
  EXPECT_THAT(WriteAgain(), IsOk());
  EXPECT_EQ(store_->Load(run_.workflow_id)->size(), 2);
}

TEST_F(Faults, OpenIsUnavailableWhereThereIsNoServer) {
  const PostgresOptions options{.connection = postgres_->connection()};
  ASSERT_THAT(postgres_->Stop(TemporaryPostgres::StopMode::kFast), IsOk());
  EXPECT_THAT(PostgresStore::Open(options), StatusIs(absl::StatusCode::kUnavailable, _));
}

TEST(Pool, CallsWaitForAConnection) {
  PostgresOptions options = FreshOptions();
  options.max_connections = 2;
  auto store = PostgresStore::Open(options);
  ASSERT_THAT(store, IsOk());
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_THAT((*store)->Load("nothing"), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(std::stoi(Query("SELECT count(*) FROM pg_stat_activity "
                            "WHERE application_name = 'protograph'")),
            2);
}

TEST(Pool, IsBusyAfterItsTimeout) {
  PostgresOptions options = FreshOptions();
  options.max_connections = 1;
  options.acquire_timeout = absl::Milliseconds(50);
  auto store = PostgresStore::Open(options);
  ASSERT_THAT(store, IsOk());
  std::thread locker([&] {
    Query("BEGIN; LOCK TABLE " + options.schema +
          ".checkpoints IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT");
  });
  std::vector<std::thread> callers;
  std::atomic<int> busy{0};
  for (int t = 0; t < 2; ++t) {
    callers.emplace_back([&] {
      absl::Status status = absl::OkStatus();
      const absl::Time give_up = absl::Now() + absl::Seconds(10);
      while (status.ok() && busy == 0 && absl::Now() < give_up) {
        status = (*store)->Load("nothing").status();
      }
      if (!status.ok()) {
        EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                                     ::testing::HasSubstr("max_connections")));
        ++busy;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  locker.join();
  EXPECT_GE(busy, 1);
}

}  // namespace
