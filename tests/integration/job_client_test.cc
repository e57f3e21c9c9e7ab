// Clients and workers on Postgres: transactions of the caller's, notifications, hostile texts.

#include <atomic>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "protograph/postgres/postgres_store.h"
#include "support.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::integration::FreshOptions;
using ::protograph::integration::Query;
using ::protograph::integration::SharedPostgres;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

class JobClientTest : public WorkerTest {
 protected:
  JobClientTest() : JobClientTest(FreshOptions()) {}

  // Nobody looks by himself: what happens does so because somebody was told.
  static WorkerOptions Patient() {
    WorkerOptions options;
    options.threads = 2;
    options.poll_interval = absl::Hours(1);
    return options;
  }
  std::unique_ptr<Client> PatientClient() {
    ClientOptions options;
    options.poll_interval = absl::Hours(1);
    return MakeClient(std::move(options));
  }
  // Of the schema.
  std::string Run(const std::string& sql) const {
    return Query(fmt::format(fmt::runtime(sql), schema_));
  }

  const std::string schema_;

 private:
  explicit JobClientTest(const PostgresOptions& options)
      : WorkerTest(Open(options)), schema_(options.schema) {}

  static std::shared_ptr<Store> Open(const PostgresOptions& options) {
    absl::StatusOr<std::shared_ptr<PostgresStore>> store = PostgresStore::Open(options);
    if (!store.ok()) {
      std::cerr << store.status() << std::endl;
      std::abort();
    }
    return *std::move(store);
  }
};

TEST_F(JobClientTest, AResultComesBack) {
  const auto worker = Start();
  for (int film = 0; film < 20; ++film) {
    EXPECT_THAT(Wait(Submit(film)), IsOkAndHolds(EqualsProto(TagsOf(film))));
  }
}

TEST_F(JobClientTest, ManyJobsAreEachDoneOnceByTwoWorkers) {
  constexpr int kJobs = 3000;
  const std::vector<JobId> jobs = SubmitMany(kJobs);
  const auto one = Start();
  const std::unique_ptr<Engine> other_engine = StartEngine();
  const auto other = Start(*other_engine);
  for (int film = 0; film < kJobs; ++film) {
    ASSERT_THAT(Wait(jobs[film]), IsOkAndHolds(EqualsProto(TagsOf(film))));
  }
  EXPECT_EQ(steps_.Runs("Tag"), kJobs);
}

// ---- In a transaction of the caller's ----

TEST_F(JobClientTest, AJobIsThereOnceTheCallersTransactionCommits) {
  const auto worker = Start();
  pqxx::connection connection(SharedPostgres().connection());
  JobId job;
  {
    pqxx::work transaction(connection);
    transaction.exec("CREATE TABLE IF NOT EXISTS films_of_callers (id bigint)");
    transaction.exec("INSERT INTO films_of_callers VALUES (603)");
    absl::StatusOr<JobId> submitted =
        client_->Submit<film::TagSet>(transaction, kGraph, FilmId(603), Once());
    ASSERT_THAT(submitted, IsOk());
    job = *submitted;
    EXPECT_THAT(client_->Status(job), StatusIs(absl::StatusCode::kNotFound));
    transaction.commit();
  }
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(603))));
}

TEST_F(JobClientTest, NothingIsThereWhereTheCallersTransactionIsRolledBack) {
  pqxx::connection connection(SharedPostgres().connection());
  SubmitOptions options = Once();
  options.unique_key = "film/603";
  JobId job;
  {
    pqxx::work transaction(connection);
    absl::StatusOr<JobId> submitted =
        client_->Submit<film::TagSet>(transaction, kGraph, FilmId(603), options);
    ASSERT_THAT(submitted, IsOk());
    job = *submitted;
  }
  EXPECT_THAT(client_->Status(job), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(client_->List({}), IsOkAndHolds(IsEmpty()));
  // Its key is free, and the connection can be used.
  const JobId next = Submit(603, options);
  EXPECT_NE(next, job);
  pqxx::work transaction(connection);
  EXPECT_THAT(client_->Submit<film::TagSet>(transaction, kGraph, FilmId(603), options),
              IsOkAndHolds(next));
}

TEST_F(JobClientTest, TheCommitOfTheCallersTransactionWakesWorkers) {
  const auto worker = Start(Patient());
  EXPECT_THAT(Wait(Submit(1)), IsOk());
  pqxx::connection connection(SharedPostgres().connection());
  pqxx::work transaction(connection);
  absl::StatusOr<JobId> job = client_->Submit<film::TagSet>(transaction, kGraph, FilmId(2), Once());
  ASSERT_THAT(job, IsOk());
  transaction.commit();
  EXPECT_THAT(Wait(*job), IsOk());
}

TEST_F(JobClientTest, WhatIsRefusedInTheCallersTransactionIsSaid) {
  ASSERT_THAT(client_->Configure("closing", {.mode = QueueMode::kDraining}), IsOk());
  pqxx::connection connection(SharedPostgres().connection());
  pqxx::work transaction(connection);
  SubmitOptions wrong = Once();
  wrong.priority = 1'000'000;
  EXPECT_THAT(client_->Submit<film::TagSet>(transaction, kGraph, FilmId(1), wrong),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("priority")));
  // It did not reach the transaction.
  EXPECT_THAT(client_->Submit<film::TagSet>(transaction, kGraph, FilmId(1), Once()), IsOk());
  SubmitOptions closing = Once();
  closing.queue = "closing";
  EXPECT_THAT(client_->Submit<film::TagSet>(transaction, kGraph, FilmId(1), closing),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("draining")));
  // Which is aborted then, and nothing of it is there.
  EXPECT_FALSE(client_->Submit<film::TagSet>(transaction, kGraph, FilmId(1), Once()).ok());
  transaction.abort();
  EXPECT_THAT(client_->List({}), IsOkAndHolds(IsEmpty()));
}

TEST_F(JobClientTest, ADrainingQueueHandsOutWhatItHas) {
  const JobId job = Submit(1);
  ASSERT_THAT(client_->Configure("default", {.mode = QueueMode::kDraining}), IsOk());
  EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, FilmId(2)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("draining")));
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOk());
}

// ---- Notifications ----

TEST_F(JobClientTest, WorkersAndWaitersAreToldAndNeedNotLook) {
  const std::unique_ptr<Client> client = PatientClient();
  const auto worker = Start(Patient());
  for (int film = 0; film < 10; ++film) {
    EXPECT_THAT(client->Wait<film::TagSet>(Submit(film), kLongWait),
                IsOkAndHolds(EqualsProto(TagsOf(film))));
  }
}

TEST_F(JobClientTest, AJobThatIsCancelledHearsOfItAtOnce) {
  steps_.Set("Analyze", [&](ExecCtx& ctx) {
    reached_.Enter();
    return ctx.SleepFor(absl::InfiniteDuration());
  });
  const std::unique_ptr<Client> client = PatientClient();
  const auto worker = Start(Patient());
  const JobId job = Submit(1);
  reached_.WaitForMost(1);
  EXPECT_THAT(client_->Cancel(job), IsOkAndHolds(JobState::kRunning));
  EXPECT_THAT(client->Wait<film::TagSet>(job, kLongWait), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(JobClientTest, WhoseConnectionBreaksWhileItListensHearsAllTheSame) {
  const std::unique_ptr<Client> client = PatientClient();
  BlockIn("FetchMovie");
  const auto worker = Start(Patient());
  const JobId job = Submit(1);
  absl::StatusOr<film::TagSet> result = absl::UnknownError("");
  std::thread waits([&] { result = client->Wait<film::TagSet>(job, kLongWait); });
  reached_.WaitForMost(1);
  const std::string of_listeners =
      "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN ptg_%'";
  // Of this client, and of the worker.
  EXPECT_TRUE(Eventually([&] { return Query("SELECT count(*) " + of_listeners) == "2"; }));
  EXPECT_EQ(Query("SELECT count(pg_terminate_backend(pid)) " + of_listeners), "2");
  released_.Open();
  waits.join();
  EXPECT_THAT(result, IsOkAndHolds(EqualsProto(TagsOf(1))));
  // The worker's, too.
  EXPECT_THAT(client->Wait<film::TagSet>(Submit(2), kLongWait), IsOk());
}

// ---- What is hostile ----

const std::vector<std::string>& HostileTexts() {
  static const std::vector<std::string> texts = {"'; DROP SCHEMA protograph CASCADE; --",
                                                 "{a,b}",
                                                 "NULL",
                                                 "\\x00",
                                                 "\"\\\"",
                                                 "$1",
                                                 "%s%n%",
                                                 ":schema.",
                                                 "a\nb\t\r",
                                                 "\xF0\x9F\x8E\xAC \xC3\xA4",
                                                 std::string(255, '\\')};
  return texts;
}

TEST_F(JobClientTest, EveryTextComesBackAsItWas) {
  for (const std::string& text : HostileTexts()) {
    SubmitOptions options = Once();
    options.queue = text;
    options.unique_key = text;
    options.concurrency_key = text;
    options.tags = {text, "x", text};
    options.metadata = {{text, text}};
    JobInputs inputs;
    inputs.add_inputs()->set_type(text);
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    inputs.mutable_inputs(0)->set_message(bytes + text);
    const absl::StatusOr<JobId> job = client_->SubmitInputs(text, text, inputs, options);
    ASSERT_THAT(job, IsOk()) << text;
    EXPECT_THAT(client_->SubmitInputs(text, text, inputs, options), IsOkAndHolds(*job)) << text;
    const absl::StatusOr<JobContents> contents = client_->Contents(*job);
    ASSERT_THAT(contents, IsOk()) << text;
    EXPECT_EQ(contents->inputs, inputs.SerializeAsString());
    const JobRecord& record = contents->record;
    EXPECT_EQ(record.queue, text);
    EXPECT_EQ(record.graph, text);
    EXPECT_EQ(record.output_type, text);
    EXPECT_EQ(record.unique_key, text);
    EXPECT_EQ(record.concurrency_key, text);
    EXPECT_THAT(record.tags, ElementsAre(text, "x", text));
    const absl::StatusOr<std::vector<JobRecord>> found = client_->List({.queue = text,
                                                                        .graph = text,
                                                                        .output_type = text,
                                                                        .tags = {text, "x"},
                                                                        .unique_key = text});
    ASSERT_THAT(found, IsOkAndHolds(SizeIs(1))) << text;
    EXPECT_EQ(found->front().job_id, *job);
    EXPECT_EQ(found->front().metadata, record.metadata);
    EXPECT_THAT(client_->Configure(text, {.concurrency_limit = 1}), IsOk());
    // And through a worker, which does not have the graph.
    WorkerOptions of_worker = Options();
    of_worker.queues = {{.name = text}};
    const auto worker = Start(of_worker);
    ASSERT_TRUE(EventuallyIs(*job, JobState::kScheduled)) << text;
    EXPECT_THAT(Record(*job).error, HasSubstr(text));
  }
}

TEST_F(JobClientTest, HostileErrorsAndResultsComeBack) {
  for (const std::string& text : HostileTexts()) {
    steps_.Set("FetchMovie", [&](ExecCtx&) { return absl::InternalError(text); });
    const auto worker = Start();
    const absl::StatusOr<film::TagSet> result = Wait(Submit(1));
    EXPECT_THAT(GetJobFailure(result.status())->message(), HasSubstr(text));
  }
  // Errors are for people: what is no text is mended.
  steps_.Set("FetchMovie", [&](ExecCtx&) {
    return absl::InternalError(std::string("a\0b\xFF", 4) + std::string(100'000, '\xC3'));
  });
  const auto worker = Start();
  const absl::StatusOr<film::TagSet> result = Wait(Submit(1));
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(GetJobFailure(result.status())->message(), HasSubstr("a\xEF\xBF\xBD"
                                                                   "b"));
}

TEST_F(JobClientTest, TextsThatPostgresCannotKeepAreRefused) {
  for (const std::string& text :
       {std::string("a\0b", 3), std::string("\xFF"), std::string(256, 'x')}) {
    SubmitOptions options = Once();
    options.unique_key = text;
    EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, FilmId(1), options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("unique_key")));
    options = Once();
    options.queue = text;
    EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, FilmId(1), options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("queue")));
    options = Once();
    options.tags = {text};
    EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, FilmId(1), options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tags")));
    EXPECT_THAT(client_->Submit<film::TagSet>(text, FilmId(1), Once()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("graph")));
  }
}

TEST_F(JobClientTest, GiantInputsAreRefusedAndLargeOnesAreNot) {
  film::TagSet giant;
  giant.add_trail(std::string(kLargestPayload, 'x'));
  EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, giant),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
  giant.set_trail(0, std::string(size_t{16} << 20, 'x'));
  const absl::StatusOr<JobId> job = client_->Submit<film::TagSet>(kGraph, giant, Once());
  ASSERT_THAT(job, IsOk());
  EXPECT_GT(client_->Contents(*job)->inputs.size(), size_t{16} << 20);
}

// ---- From plain SQL ----

TEST_F(JobClientTest, SqlSubmitsWithJsonAndWorkersAreTold) {
  const auto worker = Start(Patient());
  EXPECT_THAT(Wait(Submit(1)), IsOk());
  const JobId job =
      Run("SELECT {}.submit('films', 'film.TagSet', 'film.MovieId', '{{\"id\": \"603\"}}', "
          "tags => '{{new,\"a,b\"}}', metadata => '{{\"who\": \"me\"}}', priority => 3, "
          "timeout => '5 minutes', attempts => 7, concurrency_key => 'studio')");
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(603))));
  const JobRecord record = Record(job);
  EXPECT_THAT(record.tags, ElementsAre("new", "a,b"));
  EXPECT_EQ(record.metadata, "{\"who\": \"me\"}");
  EXPECT_EQ(record.priority, 3);
  EXPECT_EQ(record.max_attempts, 7);
  EXPECT_EQ(record.concurrency_key, "studio");
}

TEST_F(JobClientTest, SqlSubmitsTheBytesOfAMessageToo) {
  const JobId job =
      Run("SELECT {}.submit('films', 'film.TagSet', 'film.MovieId', input_message => '\\x08db04')");
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOkAndHolds(EqualsProto(TagsOf(603))));
}

TEST_F(JobClientTest, SqlSubmitsLongInputs) {
  // Lengths that take one to four bytes.
  for (int length : {1, 60, 127, 128, 16'383, 16'384, 3'000'000}) {
    const JobId job =
        Run(fmt::format("SELECT {{}}.submit('films', 'film.TagSet', 'film.Movie', "
                        "jsonb_build_object('title', repeat('x', {})))",
                        length));
    JobInputs inputs;
    ASSERT_TRUE(inputs.ParseFromString(client_->Contents(job)->inputs)) << length;
    ASSERT_EQ(inputs.inputs_size(), 1);
    EXPECT_EQ(inputs.inputs(0).type(), "film.Movie");
    EXPECT_EQ(inputs.inputs(0).json(),
              fmt::format("{{\"title\": \"{}\"}}", std::string(length, 'x')));
  }
}

TEST_F(JobClientTest, SqlKnowsUniqueKeys) {
  const std::string submit =
      "SELECT {}.submit('films', 'film.TagSet', 'film.MovieId', '{{}}', unique_key => 'a')";
  const JobId job = Run(submit);
  EXPECT_THAT(job, SizeIs(36));
  EXPECT_EQ(Run(submit), job);
  SubmitOptions options = Once();
  options.unique_key = "a";
  EXPECT_EQ(Submit(1, options), job);
}

TEST_F(JobClientTest, SqlIsToldWhatIsWrong) {
  {
    const auto worker = Start();
    ASSERT_TRUE(Eventually([&] { return !store_->jobs()->Graphs()->empty(); }));
  }
  ASSERT_THAT(client_->Configure("closing", {.mode = QueueMode::kDraining}), IsOk());
  const auto submit = [&](const std::string& arguments) {
    return Run("SELECT {}.submit('films', 'film.TagSet', 'film.MovieId'" + arguments + ")");
  };
  EXPECT_THAT(submit(""), HasSubstr("one of input_json and input_message"));
  EXPECT_THAT(submit(", '{{}}', '\\x00'"), HasSubstr("one of input_json and input_message"));
  EXPECT_THAT(submit(", '{{}}', priority => 1001"), HasSubstr("priority"));
  EXPECT_THAT(submit(", '{{}}', attempts => 0"), HasSubstr("attempts"));
  EXPECT_THAT(submit(", '{{}}', queue => ''"), HasSubstr("queue"));
  EXPECT_THAT(submit(", '{{}}', queue => repeat('x', 256)"), HasSubstr("queue"));
  EXPECT_THAT(submit(", '{{}}', unique_key => repeat('x', 256)"), HasSubstr("keys"));
  EXPECT_THAT(submit(", '{{}}', queue => 'closing'"), HasSubstr("draining"));
  EXPECT_THAT(submit(", '{{}}', metadata => '[1]'"), HasSubstr("metadata"));
  EXPECT_THAT(submit(", '{{}}', tags => array_fill('x'::text, ARRAY[33])"), HasSubstr("tags"));
  EXPECT_THAT(submit(", '{{}}', tags => ARRAY[repeat('x', 256)]"), HasSubstr("tags"));
  EXPECT_THAT(submit(", '{{}}', timeout => '-1 second'"), HasSubstr("timeout"));
  EXPECT_THAT(submit(", '{{}}', backoff => '-1 second'"), HasSubstr("backoff"));
  EXPECT_THAT(submit(", '{{}}', attempts => NULL"), HasSubstr("attempts"));
  EXPECT_THAT(Run("SELECT {}.submit('films', 'film.Poster', 'film.MovieId', '{{}}')"),
              HasSubstr("makes no film.Poster"));
  EXPECT_THAT(client_->List({}), IsOkAndHolds(IsEmpty()));
}

// ---- Many at once ----

TEST_F(JobClientTest, OfAThousandClientsThatSubmitOneKeyAtOnceExactlyOneWins) {
  constexpr int kClients = 1000;
  PostgresOptions options = {.connection = SharedPostgres().connection(), .schema = schema_};
  options.max_connections = 64;
  options.statement_timeout = options.acquire_timeout = absl::Minutes(2);
  absl::StatusOr<std::shared_ptr<PostgresStore>> store = PostgresStore::Open(options);
  ASSERT_THAT(store, IsOk());
  SubmitOptions unique = Once();
  unique.unique_key = "film/603";
  Gate begin;
  std::vector<absl::StatusOr<JobId>> jobs(kClients);
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] {
      absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(*store);
      begin.Wait();
      jobs[i] = (*client)->Submit<film::TagSet>(kGraph, FilmId(i), unique);
    });
  }
  begin.Open();
  for (std::thread& thread : threads) thread.join();
  std::set<JobId> different;
  for (const absl::StatusOr<JobId>& job : jobs) {
    ASSERT_THAT(job, IsOk());
    different.insert(*job);
  }
  EXPECT_THAT(different, SizeIs(1));
  EXPECT_THAT(client_->List({}), IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(Run("SELECT count(*) FROM {}.jobs"), "1");
}

TEST_F(JobClientTest, ThousandsOfJobsAreListedInPages) {
  std::vector<JobId> jobs = SubmitMany(2500);
  std::reverse(jobs.begin(), jobs.end());
  std::vector<JobId> listed;
  for (JobId after;;) {
    const absl::StatusOr<std::vector<JobRecord>> page = client_->List({}, after, 1000);
    ASSERT_THAT(page, IsOk());
    if (page->empty()) break;
    for (const JobRecord& record : *page) listed.push_back(record.job_id);
    after = listed.back();
  }
  EXPECT_THAT(listed, ElementsAreArray(jobs));
}

// ---- Roles ----

TEST_F(JobClientTest, ARoleWithTheRightsThatAreListedDoesEverything) {
  const std::string role = schema_ + "_app";
  const std::string reader = schema_ + "_reader";
  EXPECT_EQ(Run(fmt::format("CREATE ROLE {0} LOGIN; CREATE ROLE {1} LOGIN; "
                            "GRANT USAGE ON SCHEMA {{0}} TO {0}, {1}; "
                            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {{0}} "
                            "TO {0}; GRANT SELECT ON ALL TABLES IN SCHEMA {{0}} TO {1}",
                            role, reader)),
            "");
  const auto as = [](const std::string& user) {
    return SharedPostgres().connection() + " user=" + user;
  };
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = as(role), .schema = schema_});
  ASSERT_THAT(store, IsOk());
  absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(*store, OptionsOfEngine());
  ASSERT_THAT(engine, IsOk());
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(*store);
  ASSERT_THAT(client, IsOk());
  const auto submit = [&](const SubmitOptions& options) {
    absl::StatusOr<JobId> job = (*client)->Submit<film::TagSet>(kGraph, FilmId(603), options);
    EXPECT_THAT(job, IsOk());
    return job.ok() ? *job : "";
  };
  WorkerOptions of_worker = Options();
  of_worker.logger = &logger_;
  {
    RunningWorker worker(**engine, {graph_}, of_worker);
    SubmitOptions options = Once();
    options.queue = "default";
    options.unique_key = "a";
    options.unique_among = UniqueAmong::kFinished;
    options.unique_for = absl::Milliseconds(1);
    options.concurrency_key = "k";
    EXPECT_THAT((*client)->Configure("default", {.concurrency_limit = 5, .key_limit = 2}), IsOk());
    EXPECT_THAT((*client)->Wait<film::TagSet>(submit(options), kLongWait), IsOk());
    SubmitOptions later = Once();
    later.delay = absl::Hours(1);
    const JobId job = submit(later);
    EXPECT_THAT((*client)->Cancel(job), IsOk());
    EXPECT_THAT((*client)->Retry(job), IsOk());
    EXPECT_THAT((*client)->Wait<film::TagSet>(job, kLongWait), IsOk());
    steps_.Fail("Tag");
    EXPECT_THAT((*client)->Wait<film::TagSet>(submit(Times(2)), kLongWait),
                StatusIs(absl::StatusCode::kInternal));
    EXPECT_THAT((*client)->Queues(), IsOk());
    EXPECT_THAT((*store)->jobs()->Workers(), IsOkAndHolds(SizeIs(1)));
    EXPECT_THAT((*store)->jobs()->Graphs(), IsOkAndHolds(SizeIs(1)));
    EXPECT_THAT((*client)->List({}), IsOk());
  }
  EXPECT_THAT((*store)->jobs()->Maintain(
                  {.keep_succeeded = absl::ZeroDuration(), .keep_failed = absl::ZeroDuration()}),
              IsOk());
  EXPECT_THAT(Query(as(role), fmt::format("SELECT {}.make_partitions()", schema_)), "");
  EXPECT_THAT(Query(as(role), fmt::format("SELECT {}.submit('films', 'film.TagSet', "
                                          "'film.MovieId', '{{}}')",
                                          schema_)),
              SizeIs(36));
  EXPECT_THAT(logger_.messages(), IsEmpty());

  // Who may only look may not do with the owner's rights what it may not do with its own.
  EXPECT_THAT(Query(as(reader), fmt::format("SELECT {}.drop_partitions(0, 0)", schema_)),
              StartsWith("error"));
  EXPECT_THAT(Query(as(reader), fmt::format("SELECT count(*) FROM {}.job_states", schema_)),
              MatchesRegex("[0-9]+"));
}

// ---- The days of jobs ----

class JobDaysTest : public JobClientTest {
 protected:
  // Makes the partitions of that many days ago, as they were then.
  void MakeDay(int days_ago) {
    for (const char* table : {"jobs", "finished"}) {
      EXPECT_EQ(Run(fmt::format(
                    "DO $$ DECLARE day timestamptz := date_trunc('day', now(), 'UTC') "
                    "- interval '24 hours' * {0}; BEGIN "
                    "EXECUTE format('CREATE TABLE {{0}}.{1}_%s PARTITION OF {{0}}.{1} "
                    "FOR VALUES FROM (%L) TO (%L)', to_char(day AT TIME ZONE 'UTC', 'YYYYMMDD'), "
                    "{{0}}.first_uuid_of(day), {{0}}.first_uuid_of(day + interval '24 hours')); "
                    "END $$",
                    days_ago, table)),
                "");
    }
  }
  // A job that was submitted then.
  JobId SubmitDaysAgo(int days_ago) {
    const std::string first =
        Run(fmt::format("SELECT {{}}.first_uuid_of(date_trunc('day', now(), 'UTC') "
                        "- interval '24 hours' * {} + interval '12 hours')",
                        days_ago));
    JobSubmission submission;
    submission.job_id = fmt::format("{}-7000-8000-{:012x}", first.substr(0, 13), ++last_);
    submission.graph = "films";
    submission.output_type = "film.TagSet";
    JobInputs inputs;
    inputs.add_inputs()->set_type("film.MovieId");
    submission.inputs = inputs.SerializeAsString();
    EXPECT_THAT(store_->jobs()->Submit({&submission, 1}), IsOk());
    return submission.job_id;
  }
  // It finishes, and did so that many hours ago.
  void Finish(const JobId& job, JobOutcome outcome, int hours_ago) {
    const std::string owner_id = integration::NewUuid();
    ASSERT_THAT(
        store_->Register({.owner_id = owner_id, .host = "", .process_id = 1, .program = "test"},
                         absl::Hours(1)),
        IsOk());
    // Whichever comes; the others are given back.
    absl::StatusOr<std::vector<ClaimedJob>> claimed = store_->jobs()->Claim(
        {.owner_id = owner_id, .queues = {{.queue = "default", .limit = 1000}}});
    ASSERT_THAT(claimed, IsOk());
    std::vector<JobEnd> ends;
    for (const ClaimedJob& one : *claimed) {
      ends.push_back({.job_id = one.job_id,
                      .term = one.term,
                      .outcome = one.job_id == job ? outcome : JobOutcome::kGiveBack});
    }
    EXPECT_THAT(store_->jobs()->Finish(owner_id, ends), IsOkAndHolds(IsEmpty()));
    EXPECT_EQ(Run(fmt::format("UPDATE {{}}.finished SET finished_at = now() - interval '{} hours' "
                              "WHERE job_id = '{}' RETURNING 'done'",
                              hours_ago, job)),
              "done");
  }
  // Names of the tables that are there for days before today.
  std::string OldDays() {
    return Run(
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class "
        "WHERE relnamespace = '{0}'::regnamespace AND relkind = 'r' "
        "AND relname ~ '^(jobs|finished)_[0-9]{{8}}$' "
        "AND substring(relname from '[0-9]+$')::date < (now() AT TIME ZONE 'UTC')::date");
  }
  std::string TableOf(const JobId& job, const std::string& table) {
    return Run(
        fmt::format("SELECT replace(tableoid::regclass::text, '{{0}}.', '') FROM {{0}}.{} "
                    "WHERE job_id = '{}'",
                    table, job));
  }
  int64_t Maintain() {
    int64_t removed = 0;
    for (bool more = true; more;) {
      absl::StatusOr<MaintainResult> result = store_->jobs()->Maintain(
          {.keep_succeeded = absl::Hours(24), .keep_failed = absl::Hours(24 * 7)});
      EXPECT_THAT(result, IsOk());
      if (!result.ok()) break;
      removed += result->removed;
      more = result->more;
    }
    return removed;
  }

  int last_ = 0;
};

TEST_F(JobDaysTest, TodayAndTheComingDaysAreThereFromTheStart) {
  EXPECT_EQ(Run("SELECT count(*) FROM pg_class WHERE relnamespace = '{}'::regnamespace "
                "AND relkind = 'r' AND relname ~ '^(jobs|finished)_[0-9]{{8}}$'"),
            "6");
  EXPECT_THAT(TableOf(Submit(1), "jobs"), MatchesRegex("jobs_[0-9]+"));
}

TEST_F(JobDaysTest, ADayIsDroppedOnceItIsOverAndWhatIsNeededStays) {
  // Not the day before yesterday, which goes once an hour of today is over.
  for (int days_ago : {3, 4, 9}) MakeDay(days_ago);
  const JobId old_success = SubmitDaysAgo(3);
  const JobId new_success = SubmitDaysAgo(3);
  const JobId new_failure = SubmitDaysAgo(3);
  const JobId waits = SubmitDaysAgo(3);
  const JobId old_failure = SubmitDaysAgo(9);
  Finish(old_success, JobOutcome::kSucceeded, 60);
  Finish(new_success, JobOutcome::kSucceeded, 2);
  Finish(new_failure, JobOutcome::kFailed, 60);
  Finish(old_failure, JobOutcome::kFailed, 24 * 8);
  EXPECT_THAT(TableOf(waits, "jobs"), StartsWith("jobs_2"));
  EXPECT_THAT(TableOf(new_failure, "finished"), StartsWith("finished_2"));

  EXPECT_EQ(Maintain(), 2);
  EXPECT_EQ(OldDays(), "");
  for (const JobId& job : {old_success, old_failure}) {
    EXPECT_THAT(client_->Status(job), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_EQ(TableOf(job, "jobs"), "");
    EXPECT_EQ(TableOf(job, "finished"), "");
  }
  EXPECT_EQ(Record(new_success).state, JobState::kSucceeded);
  EXPECT_EQ(Record(new_failure).state, JobState::kFailed);
  EXPECT_EQ(TableOf(new_failure, "finished"), "finished_other");
  EXPECT_EQ(TableOf(new_failure, "jobs"), "jobs_other");
  EXPECT_EQ(Record(waits).state, JobState::kQueued);
  EXPECT_EQ(TableOf(waits, "jobs"), "jobs_other");

  // What stays longer goes row by row.
  EXPECT_EQ(Run(fmt::format("UPDATE {{}}.finished SET finished_at = now() - interval '30 hours' "
                            "WHERE job_id IN ('{}', '{}') RETURNING 1",
                            new_success, new_failure)),
            "1\n1");
  EXPECT_EQ(Maintain(), 1);
  EXPECT_THAT(client_->Status(new_success), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Record(new_failure).state, JobState::kFailed);

  // And what waits is done as ever, or retried.
  ASSERT_THAT(client_->Retry(new_failure), IsOk());
  const auto worker = Start();
  EXPECT_THAT(Wait(waits), IsOkAndHolds(EqualsProto(TagsOf(0))));
  EXPECT_THAT(Wait(new_failure), IsOk());
  EXPECT_EQ(TableOf(waits, "finished"), "finished_other");
}

TEST_F(JobDaysTest, ADayThatIsReadIsDroppedLater) {
  MakeDay(5);
  const JobId job = SubmitDaysAgo(5);
  Finish(job, JobOutcome::kSucceeded, 100);
  pqxx::connection connection(SharedPostgres().connection());
  {
    pqxx::work reads(connection);
    reads.exec(fmt::format("SELECT count(*) FROM {}.jobs", schema_));
    EXPECT_EQ(Maintain(), 0);
    EXPECT_EQ(Record(job).state, JobState::kSucceeded);
    // Nobody waits behind it.
    const auto worker = Start();
    EXPECT_THAT(Wait(Submit(1)), IsOk());
  }
  EXPECT_EQ(Maintain(), 1);
  EXPECT_EQ(OldDays(), "");
}

TEST_F(JobDaysTest, DaysThatAreMissingAreMadeWithoutWaiting) {
  EXPECT_EQ(Run("DO $$ DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_class "
                "WHERE relnamespace = '{0}'::regnamespace AND relkind = 'r' "
                "AND relname ~ '^(jobs|finished)_[0-9]{{8}}$' "
                "LOOP EXECUTE 'DROP TABLE {0}.' || t; END LOOP; END $$"),
            "");
  const JobId early = Submit(1);
  EXPECT_EQ(TableOf(early, "jobs"), "jobs_other");
  pqxx::connection connection(SharedPostgres().connection());
  {
    pqxx::work reads(connection);
    reads.exec(fmt::format("SELECT count(*) FROM {}.jobs", schema_));
    Maintain();
    const auto worker = Start();
    EXPECT_THAT(Wait(early), IsOk());
  }
  Maintain();
  // Today has jobs in the partition of all others; the coming days are there.
  EXPECT_EQ(Run("SELECT count(*) FROM pg_class WHERE relnamespace = '{}'::regnamespace "
                "AND relkind = 'r' AND relname ~ '^(jobs|finished)_[0-9]{{8}}$'"),
            "4");
  const auto worker = Start();
  EXPECT_THAT(Wait(Submit(2)), IsOk());
}

TEST_F(JobDaysTest, WhatIsKeptForEverIsNeverDropped) {
  MakeDay(5);
  const JobId job = SubmitDaysAgo(5);
  Finish(job, JobOutcome::kSucceeded, 100);
  EXPECT_THAT(store_->jobs()->Maintain({.keep_succeeded = absl::InfiniteDuration(),
                                        .keep_failed = absl::InfiniteDuration()}),
              IsOk());
  EXPECT_EQ(Record(job).state, JobState::kSucceeded);
}

}  // namespace
}  // namespace protograph::tests
