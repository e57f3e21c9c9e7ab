// The server goes away, comes back, freezes and cuts connections, while executions go on.

#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/durability/engine.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/protograph.h"
#include "protograph/testing/temporary_postgres.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::TemporaryPostgres;
using ::testing::IsEmpty;
using ::testing::Not;

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<TemporaryPostgres>> postgres =
        TemporaryPostgres::Start({.directory = directory_});
    ASSERT_THAT(postgres, IsOk());
    postgres_ = *std::move(postgres);
    absl::StatusOr<std::shared_ptr<PostgresStore>> store =
        PostgresStore::Open({.connection = postgres_->connection(),
                             .connect_timeout = absl::Seconds(2),
                             .statement_timeout = absl::Seconds(1)});
    ASSERT_THAT(store, IsOk());
    absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(
        *store, {.flush_interval = absl::Milliseconds(2), .lease = absl::Seconds(60)});
    ASSERT_THAT(engine, IsOk());
    engine_ = *std::move(engine);
    absl::StatusOr<Graph> graph =
        GraphBuilder("films")
            .Input<film::MovieId>()
            .Add([this](ExecCtx&, const film::MovieId& id) {
              film::Movie movie;
              movie.set_id(id.id());
              movie.set_title(Noise(id.id(), title_bytes_));
              return movie;
            })
            .Add([this](ExecCtx& ctx, const film::Movie& movie) -> absl::StatusOr<film::TagSet> {
              if (absl::Status alive = ctx.SleepFor(step_); !alive.ok()) return alive;
              film::TagSet tags;
              tags.set_tags(movie.id() * 7);
              return tags;
            })
            .Build();
    ASSERT_THAT(graph, IsOk());
    graph_.emplace(*std::move(graph));
    threads_ = StatusOfProcess("Threads:");
  }

  // Text that cannot be compressed much.
  static std::string Noise(int64_t seed, size_t bytes) {
    std::minstd_rand random(static_cast<unsigned>(seed + 1));
    std::string text(bytes, ' ');
    for (char& c : text) c = static_cast<char>(' ' + random() % 64);
    return text;
  }

  // A number that Linux tells of this process.
  static int64_t StatusOfProcess(const std::string& name) {
    std::ifstream file("/proc/self/status");
    std::string word;
    while (file >> word) {
      int64_t value = 0;
      if (word == name && file >> value) return value;
    }
    return 0;
  }

  // Executes on four threads for as long as `trouble` takes. No execution may fail.
  void ExecuteDuring(const std::function<void()>& trouble) {
    std::atomic<bool> is_over{false};
    std::atomic<int64_t> executions{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        while (!is_over) {
          const int64_t film = executions++;
          ExecCtx ctx = engine_->NewExecution({.workflow_id = "film-" + std::to_string(film)});
          film::MovieId id;
          id.set_id(film);
          const absl::StatusOr<film::TagSet> tags = graph_->Execute<film::TagSet>(ctx, id);
          ASSERT_THAT(tags, IsOk());
          ASSERT_EQ(tags->tags(), film * 7);
        }
      });
    }
    const int64_t memory = StatusOfProcess("VmRSS:");
    trouble();
    EXPECT_LT(StatusOfProcess("VmRSS:") - memory, 200'000) << "kilobytes more";
    is_over = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(executions, 10);
  }

  // Service has resumed by itself: nothing waits, nothing is left over.
  void ExpectAllIsWell() {
    ASSERT_THAT(engine_->Flush(absl::Seconds(30)), IsOk());
    EXPECT_THAT(engine_->Abandoned(), IsOkAndHolds(IsEmpty()));
    EXPECT_EQ(engine_->stats().queued_bytes, 0);
    EXPECT_EQ(engine_->stats().executions_lost, 0);
    const int64_t before = engine_->stats().checkpoints_written;
    ExecuteDuring([] { absl::SleepFor(absl::Milliseconds(100)); });
    EXPECT_GT(engine_->stats().checkpoints_written, before);
    EXPECT_EQ(StatusOfProcess("Threads:"), threads_);
  }

  std::string directory_ = "/tmp";
  absl::Duration step_ = absl::Milliseconds(20);
  size_t title_bytes_ = 0;
  int64_t threads_ = 0;
  std::unique_ptr<TemporaryPostgres> postgres_;
  std::unique_ptr<Engine> engine_;
  std::optional<Graph> graph_;
};

TEST_F(ServerTest, RestartsWithoutAnExecutionThatFails) {
  ExecuteDuring([&] {
    for (int i = 0; i < 3; ++i) {
      absl::SleepFor(absl::Milliseconds(100));
      EXPECT_THAT(postgres_->Restart(TemporaryPostgres::StopMode::kImmediate), IsOk());
    }
  });
  EXPECT_GT(engine_->stats().store_failures, 0);
  ExpectAllIsWell();
}

TEST_F(ServerTest, FreezesForLongerThanTheTimeouts) {
  ExecuteDuring([&] {
    absl::SleepFor(absl::Milliseconds(100));
    postgres_->Pause();
    absl::SleepFor(absl::Seconds(4));
    postgres_->Continue();
  });
  EXPECT_GT(engine_->stats().store_failures, 0);
  ExpectAllIsWell();
}

TEST_F(ServerTest, CutsConnections) {
  ExecuteDuring([&] {
    pqxx::connection connection(postgres_->connection());
    for (int i = 0; i < 50; ++i) {
      pqxx::nontransaction(connection)
          .exec(
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
              "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
      absl::SleepFor(absl::Milliseconds(10));
    }
  });
  ExpectAllIsWell();
}

TEST_F(ServerTest, BecomesReadOnlyForAWhile) {
  ExecuteDuring([&] {
    pqxx::connection connection(postgres_->connection());
    pqxx::nontransaction session(connection);
    session.exec("ALTER SYSTEM SET default_transaction_read_only = on");
    session.exec("SELECT pg_reload_conf()");
    absl::SleepFor(absl::Milliseconds(300));
    session.exec("SET default_transaction_read_only = off");
    session.exec("ALTER SYSTEM RESET default_transaction_read_only");
    session.exec("SELECT pg_reload_conf()");
    absl::SleepFor(absl::Milliseconds(50));
  });
  EXPECT_GT(engine_->stats().store_failures, 0);
  ExpectAllIsWell();
}

// A file system of its own, which can be filled up.
class FullDiskTest : public ServerTest {
 protected:
  void SetUp() override {
    std::string path = "/tmp/small_disk.XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    if (mount("tmpfs", path.c_str(), "tmpfs", 0, "size=96m,mode=0777") != 0) {
      rmdir(path.c_str());
      GTEST_SKIP() << "only root may mount a small file system";
    }
    directory_ = path;
    ServerTest::SetUp();
  }
  void TearDown() override {
    engine_.reset();
    postgres_.reset();
    if (directory_ == "/tmp") return;
    umount(directory_.c_str());
    rmdir(directory_.c_str());
  }

  std::string ballast() const { return directory_ + "/ballast"; }
  void FillUp() const {
    const std::string block(size_t{64} << 10, 'x');
    std::ofstream file(ballast());
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
};

TEST_F(FullDiskTest, IsFullForAWhile) {
  title_bytes_ = 20'000;
  ExecuteDuring([&] {
    absl::SleepFor(absl::Milliseconds(100));
    FillUp();
    absl::SleepFor(absl::Seconds(2));
    std::filesystem::remove(ballast());
    // Postgres gives up where it cannot write its log: then somebody has to start it.
    EXPECT_THAT(postgres_->Restart(TemporaryPostgres::StopMode::kImmediate), IsOk());
  });
  EXPECT_GT(engine_->stats().store_failures, 0);
  ExpectAllIsWell();
}

TEST_F(ServerTest, IsNotAskedForAnythingByExecutionsThatMeetNoFault) {
  step_ = absl::ZeroDuration();
  pqxx::connection connection(postgres_->connection());
  const auto transactions = [&] {
    pqxx::work transaction(connection);
    return transaction
        .exec("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'postgres'")
            [0][0]
        .as<int64_t>();
  };
  ASSERT_THAT(engine_->Flush(), IsOk());
  const int64_t before = transactions();
  for (int i = 0; i < 20'000; ++i) {
    ExecCtx ctx = engine_->NewExecution({.workflow_id = "film-" + std::to_string(i)});
    ASSERT_THAT(graph_->Execute<film::TagSet>(ctx, film::MovieId()), IsOk());
  }
  ASSERT_THAT(engine_->Flush(), IsOk());
  // Those of this test, of heartbeats, and of executions that the scheduler held up for longer than
  // two flush intervals.
  EXPECT_LT(transactions() - before, 20'000 * 0.05);
}

}  // namespace
}  // namespace protograph
