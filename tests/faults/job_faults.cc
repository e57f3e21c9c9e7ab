#include "job_faults.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <pqxx/pqxx>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "csv_movie_catalog.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "movie_graph.h"
#include "protograph/testing/testing.h"
#include "rule_based_analyzer.h"

namespace protograph::faults {

using ::google::protobuf::util::MessageDifferencer;
using ::protograph::testing::IsOk;
using ::protograph::testing::TemporaryPostgres;
using ::protograph::testing::TemporaryPostgresOptions;
using ::testing::Optional;

namespace {

constexpr char kTables[] = R"sql(
  CREATE SEQUENCE public.moments;
  CREATE TABLE public.runs (
    run bigint PRIMARY KEY,
    moment bigint NOT NULL DEFAULT nextval('public.moments'),
    job_id uuid NOT NULL,
    step text NOT NULL
  );
  CREATE TABLE public.flushes (
    moment bigint NOT NULL DEFAULT nextval('public.moments'),
    workflow_id text NOT NULL,
    step text NOT NULL
  );
  CREATE TABLE public.results (job_id uuid NOT NULL);

  CREATE FUNCTION public.note_flush() RETURNS trigger LANGUAGE plpgsql AS $f$
  BEGIN
    -- Of an item its film's number, which is the message's first field, of one byte or two.
    INSERT INTO public.flushes (workflow_id, step)
    VALUES (NEW.workflow_id,
            CASE WHEN NEW.step <> 'Item' THEN NEW.step
                 WHEN get_byte(NEW.payload, 1) < 128 THEN 'Item ' || get_byte(NEW.payload, 1)
                 ELSE 'Item ' || (get_byte(NEW.payload, 1) & 127) + (get_byte(NEW.payload, 2) << 7)
            END);
    RETURN NULL;
  END
  $f$;
  CREATE TRIGGER note_flush AFTER INSERT ON protograph.checkpoints
    FOR EACH ROW WHEN (NEW.step IN ('Prepare', 'Work', 'Item')) EXECUTE FUNCTION public.note_flush();

  CREATE FUNCTION public.note_result() RETURNS trigger LANGUAGE plpgsql AS $f$
  BEGIN
    INSERT INTO public.results (job_id) VALUES (NEW.job_id);
    RETURN NULL;
  END
  $f$;
  CREATE TRIGGER note_result AFTER INSERT ON protograph.finished
    FOR EACH ROW EXECUTE FUNCTION public.note_result();
)sql";

// The films of the catalogue and what the graph makes of each, without an engine.
class Films {
 public:
  static const Films& Get() {
    static const Films& films = *new Films();
    return films;
  }

  size_t size() const { return ids_.size(); }
  const movie_tagging::MovieId& id(int number) const { return ids_[number % ids_.size()]; }
  const movie_tagging::TagSet& tags(int number) const { return tags_[number % tags_.size()]; }

 private:
  Films() {
    const auto catalog = movie_tagging::CsvMovieCatalog::Load(PROTOGRAPH_MOVIES);
    EXPECT_THAT(catalog, IsOk());
    const auto graph = movie_tagging::MakeMovieGraph(
        {.catalog = *catalog, .analyzer = std::make_shared<movie_tagging::RuleBasedAnalyzer>()});
    EXPECT_THAT(graph, IsOk());
    for (const movie_tagging::Movie& movie : (*catalog)->movies()) {
      movie_tagging::MovieId id;
      id.set_id(movie.id());
      ExecCtx ctx;
      auto tags = graph->Execute<movie_tagging::TagSet>(ctx, id);
      EXPECT_THAT(tags, IsOk());
      ids_.push_back(std::move(id));
      tags_.push_back(*std::move(tags));
    }
  }

  std::vector<movie_tagging::MovieId> ids_;
  std::vector<movie_tagging::TagSet> tags_;
};

}  // namespace

// ---- The server ----

void JobFaultTest::Start(TemporaryPostgresOptions options) {
  absl::StatusOr<std::unique_ptr<TemporaryPostgres>> postgres =
      TemporaryPostgres::Start(std::move(options));
  ASSERT_THAT(postgres, IsOk());
  postgres_ = *std::move(postgres);
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = postgres_->connection()});
  ASSERT_THAT(store, IsOk());
  store_ = *std::move(store);
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(store_);
  ASSERT_THAT(client, IsOk());
  client_ = *std::move(client);
  pqxx::connection connection(postgres_->connection());
  pqxx::work transaction(connection);
  transaction.exec(kTables);
  transaction.commit();
}

void JobFaultTest::TearDown() {
  client_.reset();
  store_.reset();
  postgres_.reset();
}

std::string JobFaultTest::Text(const std::string& sql) const {
  pqxx::connection connection(postgres_->connection());
  pqxx::work transaction(connection);
  return transaction.exec(sql)[0][0].as<std::string>();
}

int64_t JobFaultTest::Number(const std::string& sql) const { return std::stoll(Text(sql)); }

bool JobFaultTest::Await(const std::string& sql, absl::Duration patience) const {
  const absl::Time give_up = absl::Now() + patience;
  while (Number(sql) == 0) {
    if (absl::Now() > give_up) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

bool JobFaultTest::AwaitAllDone(absl::Duration patience) const {
  return Await("SELECT (NOT EXISTS (SELECT FROM protograph.live))::integer", patience);
}

// ---- Workers ----

JobFaultTest::WorkerProcess::WorkerProcess(internal::ChildOptions options, std::string log_file)
    : log_file_(std::move(log_file)) {
  options.log_file = log_file_;
  absl::StatusOr<std::unique_ptr<internal::ChildProcess>> process =
      internal::ChildProcess::Start(std::move(options));
  EXPECT_TRUE(process.ok()) << process.status();
  if (process.ok()) process_ = *std::move(process);
}

std::optional<int> JobFaultTest::WorkerProcess::Wait(absl::Duration timeout) {
  const std::optional<int> exit_code = process_->Wait(timeout);
  process_->Signal(SIGKILL);
  return exit_code;
}

bool JobFaultTest::WorkerProcess::HasSaid(const std::string& text) const {
  std::ifstream file(log_file_);
  const std::string said{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return said.find(text) != std::string::npos;
}

bool JobFaultTest::WorkerProcess::AwaitSaid(const std::string& text) const {
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (!HasSaid(text)) {
    if (absl::Now() > give_up) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

std::unique_ptr<JobFaultTest::WorkerProcess> JobFaultTest::StartWorker(
    const WorkerSettings& settings) {
  const std::string connection =
      settings.connection.empty() ? postgres_->connection() : settings.connection;
  std::vector<std::string> command = settings.command;
  command.insert(command.end(), {"/usr/bin/env", "RECORDS=" + connection});
  command.insert(command.end(), settings.variables.begin(), settings.variables.end());
  command.insert(command.end(), {PROTOGRAPH_JOB_WORKER, "--database", connection});
  const auto add_default = [&](const std::string& flag, const std::string& value) {
    for (const std::string& given : settings.flags) {
      if (given == flag) return;
    }
    command.insert(command.end(), {flag, value});
  };
  add_default("--threads", "4");
  add_default("--lease", "1s");
  add_default("--flush-interval", "10ms");
  command.insert(command.end(), settings.flags.begin(), settings.flags.end());
  return std::make_unique<WorkerProcess>(
      internal::ChildOptions{.command = std::move(command)},
      postgres_->socket_directory() + "/worker-" + std::to_string(++logs_) + ".log");
}

void JobFaultTest::StopWorker(WorkerProcess& worker) const {
  // One that has just been started does not heed signals yet.
  EXPECT_TRUE(Await("SELECT count(*) FROM protograph.owners WHERE process_id = " +
                    std::to_string(worker.process_id())))
      << worker.EndOfLog();
  worker.Signal(SIGTERM);
  EXPECT_THAT(worker.Wait(), Optional(0)) << worker.EndOfLog();
}

std::optional<int> JobFaultTest::RunProgram(std::vector<std::string> command) {
  const absl::StatusOr<std::unique_ptr<internal::ChildProcess>> process =
      internal::ChildProcess::Start({.command = std::move(command)});
  EXPECT_TRUE(process.ok()) << process.status();
  return process.ok() ? (*process)->Wait(absl::Seconds(60)) : std::nullopt;
}

// ---- Jobs ----

void JobFaultTest::SubmitFilms(int count) {
  std::vector<movie_tagging::MovieId> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(Films::Get().id(next_film_ + i));
  const absl::StatusOr<std::vector<JobId>> jobs =
      client_->SubmitMany<movie_tagging::TagSet>("movie_tagging", inputs, options_);
  ASSERT_THAT(jobs, IsOk());
  for (const JobId& job : *jobs) films_[job] = next_film_++;
  submitted_ += count;
}

std::vector<JobId> JobFaultTest::SubmitRecorded(int count, absl::Duration work) {
  film::MovieId id;
  id.set_id(absl::ToInt64Milliseconds(work));
  absl::StatusOr<std::vector<JobId>> jobs = client_->SubmitMany<film::TagSet>(
      "recorded", std::vector<film::MovieId>(static_cast<size_t>(count), id), options_);
  EXPECT_THAT(jobs, IsOk());
  if (!jobs.ok()) return {};
  for (const JobId& job : *jobs) answers_[job] = id.id() * 7;
  submitted_ += count;
  return *std::move(jobs);
}

// ---- What must be so in the end ----

void JobFaultTest::ExpectResultsRight() const {
  pqxx::connection connection(postgres_->connection());
  pqxx::work transaction(connection);
  const pqxx::result rows =
      transaction.exec("SELECT job_id, encode(result, 'hex') FROM protograph.finished");
  int wrong = 0;
  for (const auto& row : rows) {
    const auto job = row[0].as<std::string>();
    const std::string bytes = absl::HexStringToBytes(row[1].as<std::string>(""));
    if (const auto film = films_.find(job); film != films_.end()) {
      movie_tagging::TagSet tags;
      wrong += !tags.ParseFromString(bytes) ||
               !MessageDifferencer::Equals(tags, Films::Get().tags(film->second));
    }
    if (const auto answer = answers_.find(job); answer != answers_.end()) {
      film::TagSet tags;
      wrong += !tags.ParseFromString(bytes) || tags.tags() != answer->second;
    }
  }
  EXPECT_EQ(wrong, 0) << "results are not what the graph makes";
}

void JobFaultTest::ExpectEachDoneOnce() {
  EXPECT_EQ(Unfinished(), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.jobs"), submitted_);
  EXPECT_EQ(Number("SELECT count(*) FROM protograph.finished WHERE state = 'S'"), submitted_)
      << Text("SELECT coalesce(min(error), '') FROM protograph.finished WHERE state <> 'S'");
  EXPECT_EQ(Number("SELECT count(DISTINCT job_id) FROM public.results"), submitted_);
  EXPECT_EQ(Number("SELECT count(*) FROM public.results"), submitted_)
      << "results were written twice";
  ExpectResultsRight();
  EXPECT_EQ(
      Number("SELECT sum(scheduled) + sum(queued) + sum(running) FROM protograph.queue_states"), 0);
  EXPECT_EQ(Number("SELECT sum(succeeded) FROM protograph.queue_states"), submitted_);
}

void JobFaultTest::ExpectNoFlushedStepRepeated() const {
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs AS again JOIN public.flushes AS flush "
                   "ON flush.workflow_id = 'job/' || again.job_id AND flush.step = again.step "
                   "AND flush.moment < again.moment"),
            0)
      << "steps ran again though their checkpoints were there";
}

}  // namespace protograph::faults
