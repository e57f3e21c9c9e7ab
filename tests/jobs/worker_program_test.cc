// protograph-worker as it is run: against a Postgres of the test's own, with signals.

#include <csignal>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "program.h"
#include "protograph/jobs/client.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/testing/temporary_postgres.h"
#include "protograph/testing/testing.h"

#ifdef PROTOGRAPH_MOVIE_GRAPH
#include "movie_tagging/movie_tagging.pb.h"
#endif

namespace protograph::tests {
namespace {

using ::google::protobuf::Int64Value;
using ::google::protobuf::StringValue;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::TemporaryPostgres;
using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Property;

class WorkerProgramTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<TemporaryPostgres>> postgres = TemporaryPostgres::Start();
    ASSERT_THAT(postgres, IsOk());
    postgres_ = postgres->release();
  }
  static void TearDownTestSuite() {
    delete postgres_;
    postgres_ = nullptr;
  }

  void SetUp() override {
    ASSERT_NE(postgres_, nullptr);
    // Tests know nothing of each other's jobs.
    schema_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    schema_.resize(std::min<size_t>(schema_.size(), 60));
    absl::StatusOr<std::shared_ptr<PostgresStore>> store =
        PostgresStore::Open({.connection = postgres_->connection(), .schema = schema_});
    ASSERT_THAT(store, IsOk());
    absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(*store);
    ASSERT_THAT(client, IsOk());
    client_ = *std::move(client);
  }

  std::vector<std::string> Arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"--database", postgres_->connection(), "--schema", schema_,
                                    "--graph",    PROTOGRAPH_WORK_GRAPH};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  JobId Submit(const std::string& what) {
    StringValue input;
    input.set_value(what);
    const absl::StatusOr<JobId> job =
        client_->Submit<Int64Value>("work", input, {.timeout = absl::Minutes(10)});
    EXPECT_THAT(job, IsOk());
    return job.value_or("");
  }

  // A job that says so when it has begun; returns once it has.
  JobId SubmitAndAwaitStart(const std::string& verb, const std::string& name) {
    const std::string file = folder_.File(name);
    JobId job = Submit(verb + " " + file);
    EXPECT_TRUE(AwaitFile(file + ".started")) << "nobody has begun the job";
    return job;
  }

  void Release(const std::string& name) { std::ofstream(folder_.File(name)) << "\n"; }

  std::optional<JobRecord> Record(const JobId& job) {
    absl::StatusOr<JobRecord> record = client_->Status(job);
    EXPECT_THAT(record, IsOk());
    if (!record.ok()) return std::nullopt;
    return *std::move(record);
  }

  static TemporaryPostgres* postgres_;
  Folder folder_;
  std::string schema_;
  std::unique_ptr<Client> client_;
};

TemporaryPostgres* WorkerProgramTest::postgres_ = nullptr;

TEST_F(WorkerProgramTest, DoesJobsAndEndsWithZeroAtSigterm) {
  Program worker(Arguments());
  std::vector<JobId> jobs;
  for (int i = 1; i <= 20; ++i) jobs.push_back(Submit(std::string(i, 'x')));
  for (int i = 1; i <= 20; ++i) {
    EXPECT_THAT(client_->Wait<Int64Value>(jobs[i - 1], absl::Seconds(60)),
                IsOkAndHolds(Property(&Int64Value::value, i)));
  }
  worker.Signal(SIGTERM);
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.Output();
  EXPECT_THAT(worker.Output(), HasSubstr("INFO stopped: 20 jobs succeeded"));
}

TEST_F(WorkerProgramTest, FinishesWhatRunsWithinTheGraceAndLeavesTheRest) {
  Program worker(Arguments({"--threads", "1", "--shutdown-grace", "10m"}));
  const JobId running = SubmitAndAwaitStart("ignore", "first");
  const JobId waiting = Submit("never begun by this worker");
  worker.Signal(SIGTERM);
  ASSERT_TRUE(worker.AwaitOutput("asked to stop"));
  Release("first");
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.Output();
  const std::optional<JobRecord> done = Record(running);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->state, JobState::kSucceeded);
  const std::optional<JobRecord> left = Record(waiting);
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->state, JobState::kQueued);
  EXPECT_EQ(left->attempt, 0);
}

TEST_F(WorkerProgramTest, GivesBackWhatRunsPastTheGrace) {
  Program worker(Arguments({"--shutdown-grace", "100ms"}));
  const JobId running = SubmitAndAwaitStart("wait", "first");
  worker.Signal(SIGINT);
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.Output();
  const std::optional<JobRecord> left = Record(running);
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->state, JobState::kQueued);
  EXPECT_EQ(left->attempt, 0) << "an interrupted attempt was counted";

  // Another one does it.
  Release("first");
  Program next(Arguments());
  EXPECT_THAT(client_->Wait<Int64Value>(running, absl::Seconds(60)), IsOk());
  next.Signal(SIGTERM);
  EXPECT_THAT(next.Wait(), Optional(0)) << next.Output();
}

TEST_F(WorkerProgramTest, GivesBackAtOnceAtASecondSignal) {
  Program worker(Arguments({"--shutdown-grace", "10m"}));
  const JobId running = SubmitAndAwaitStart("wait", "first");
  worker.Signal(SIGTERM);
  ASSERT_TRUE(worker.AwaitOutput("asked to stop: "));
  worker.Signal(SIGTERM);
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.Output();
  EXPECT_THAT(worker.Output(), HasSubstr("asked to stop again"));
  const std::optional<JobRecord> left = Record(running);
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->state, JobState::kQueued);
  EXPECT_EQ(left->attempt, 0);
}

TEST_F(WorkerProgramTest, EndsAlsoWhereAStepListensToNobody) {
  Program worker(Arguments({"--shutdown-grace", "10m", "--stuck-after", "100ms"}));
  const JobId running = SubmitAndAwaitStart("ignore", "never");
  worker.Signal(SIGTERM);
  ASSERT_TRUE(worker.AwaitOutput("asked to stop: "));
  worker.Signal(SIGTERM);
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.Output();
  const std::optional<JobRecord> left = Record(running);
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->state, JobState::kQueued);
}

TEST_F(WorkerProgramTest, TakesItsSettingsFromEnvironmentAndFile) {
  const std::string file = folder_.File("worker.toml");
  std::ofstream(file) << "graph = [\"" << PROTOGRAPH_WORK_GRAPH << "\"]\nschema = \"" << schema_
                      << "\"\nlog-level = \"debug\"\n";
  // Without PROTOGRAPH_DATABASE, libpq's own.
  Program worker({"--config", file}, {"PGHOST=" + postgres_->socket_directory(), "PGPORT=5432",
                                      "PGUSER=postgres", "PGDATABASE=postgres"});
  EXPECT_THAT(client_->Wait<Int64Value>(Submit("four"), absl::Seconds(60)), IsOk())
      << worker.Output();
  worker.Signal(SIGTERM);
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.Output();
}

#ifdef PROTOGRAPH_MOVIE_GRAPH
TEST_F(WorkerProgramTest, TagsFilmsWithTheExamplesLibrary) {
  Program worker({"--database", postgres_->connection(), "--schema", schema_, "--graph",
                  PROTOGRAPH_MOVIE_GRAPH, "--graph", PROTOGRAPH_WORK_GRAPH});
  std::vector<movie_tagging::MovieId> films(3);
  films[0].set_id(603);
  films[1].set_id(604);
  films[2].set_id(605);
  const absl::StatusOr<std::vector<JobId>> jobs =
      client_->SubmitMany<movie_tagging::TagSet>("movie_tagging", films);
  ASSERT_THAT(jobs, IsOk());
  for (const JobId& job : *jobs) {
    EXPECT_THAT(client_->Wait<movie_tagging::TagSet>(job, absl::Seconds(60)),
                IsOkAndHolds(Property(&movie_tagging::TagSet::tags_size, Gt(0))))
        << worker.Output();
  }
  EXPECT_THAT(client_->Wait<Int64Value>(Submit("four"), absl::Seconds(60)), IsOk());
  worker.Signal(SIGTERM);
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.Output();
}
#endif

TEST_F(WorkerProgramTest, SaysWhyItCannotBegin) {
  Program without_database({"--graph", PROTOGRAPH_WORK_GRAPH, "--database",
                            "host=" + folder_.File("nowhere") + " dbname=films"});
  EXPECT_THAT(without_database.Wait(), Optional(3));
  EXPECT_THAT(without_database.Output(), HasSubstr("ERROR the database cannot be opened: "));
}

TEST_F(WorkerProgramTest, PrintsItsVersionAndHowItIsUsed) {
  Program version({"--version"});
  EXPECT_THAT(version.Wait(), Optional(0));
  EXPECT_THAT(version.Output(), HasSubstr("protograph-worker 0."));
  Program help({"--help", "--threads", "none"});
  EXPECT_THAT(help.Wait(), Optional(0));
  EXPECT_THAT(help.Output(), AllOf(HasSubstr("--graph FILE"), HasSubstr("Exit status")));
}

}  // namespace
}  // namespace protograph::tests
