#include "jobs_support.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>

#include "film_steps.h"
#include "fmt/format.h"
#include "or_die.h"
#include "protograph/graph_builder.h"

namespace protograph::bench {

using testing::TemporaryPostgres;

namespace {

constexpr int32_t kFilm = 603;

std::shared_ptr<PostgresStore> Open(const std::string& connection) {
  return OrDie(PostgresStore::Open({.connection = connection}));
}

class FetchCounted {
 public:
  explicit FetchCounted(std::shared_ptr<JobCount> count) : count_(std::move(count)) {}
  absl::StatusOr<movie_tagging::Movie> Compute(ExecCtx& ctx,
                                               const movie_tagging::MovieId& id) const {
    count_->Note(ctx);
    return fetch_.Compute(ctx, id);
  }

 private:
  std::shared_ptr<JobCount> count_;
  FetchMovie fetch_;
};

class WaitCounted {
 public:
  WaitCounted(std::shared_ptr<JobCount> count, absl::Duration time)
      : count_(std::move(count)), time_(time) {}
  absl::StatusOr<movie_tagging::TagSet> Compute(ExecCtx& ctx,
                                                const movie_tagging::MovieId& id) const {
    count_->Note(ctx);
    if (absl::Status status = ctx.SleepFor(time_); !status.ok()) return status;
    movie_tagging::TagSet tags;
    tags.set_movie_id(id.id());
    return tags;
  }

 private:
  std::shared_ptr<JobCount> count_;
  absl::Duration time_;
};

using CountedFilm = StaticGraph<Inputs<movie_tagging::MovieId>, FetchCounted, FetchDirectorProfile,
                                AnalyzeContent, Classify, GenerateTags>;

movie_tagging::MovieId Film() {
  movie_tagging::MovieId id;
  id.set_id(kFilm);
  return id;
}

}  // namespace

double SecondsSince(Moment begin) {
  return Seconds(std::chrono::steady_clock::now() - begin).count();
}

// ---- Jobs ----

void JobCount::Note(const ExecCtx& ctx) {
  if (begun_.fetch_add(1, std::memory_order_relaxed) == 0) {
    begin_ = std::chrono::steady_clock::now().time_since_epoch().count();
  }
  const auto* job = ctx.Value<JobInfo>();
  if (job == nullptr || job->queue.empty()) return;
  const char digit = job->queue.back();
  if (digit < '0' || digit > '9') return;
  of_queue_[static_cast<size_t>(digit - '0')].fetch_add(1, std::memory_order_relaxed);
}

void JobCount::Reset() {
  begun_ = 0;
  for (std::atomic<int64_t>& count : of_queue_) count = 0;
}

Graph MakeCountedFilm(std::shared_ptr<JobCount> count) {
  return OrDie(CountedFilm::Builder(kGraph).Provide(std::move(count)).Build()).graph();
}

Graph MakeWaiting(std::shared_ptr<JobCount> count, absl::Duration time) {
  return OrDie(GraphBuilder(kGraph)
                   .Input<movie_tagging::MovieId>()
                   .Add<WaitCounted>(StepOptions{}, std::move(count), time)
                   .Build());
}

std::string FilmResult() {
  ExecCtx ctx;
  return OrDie(FilmByHand().Tag(ctx, Film())).SerializeAsString();
}

void SubmitFilms(Client& client, int64_t jobs, const std::string& queue) {
  constexpr int64_t kMost = 20'000;
  for (int64_t left = jobs; left > 0; left -= kMost) {
    const std::vector<movie_tagging::MovieId> films(static_cast<size_t>(std::min(left, kMost)),
                                                    Film());
    OrDie(client.SubmitMany<movie_tagging::TagSet>(kGraph, films, {.queue = queue}));
  }
}

// ---- Workers ----

RunningWorker::RunningWorker(const std::string& connection, Graph graph,
                             std::shared_ptr<JobCount> count, WorkerOptions options)
    : engine_(OrDie(Engine::Start(Open(connection)))), count_(std::move(count)) {
  count_->Reset();
  std::vector<Graph> graphs;
  graphs.push_back(std::move(graph));
  worker_ = std::make_unique<Worker>(*engine_, std::move(graphs), std::move(options));
  thread_ = std::thread([this] { DieUnlessOk(worker_->Run(stop_.get_token())); });
}

RunningWorker::~RunningWorker() {
  stop_.request_stop();
  thread_.join();
}

DrainResult RunningWorker::WaitFor(int64_t jobs) {
  using namespace std::chrono_literals;
  // Looks seldom, so that looking takes nothing from the worker, and often at the end.
  while (count_->begun() < jobs) std::this_thread::sleep_for(1ms);
  int64_t succeeded = 0;
  while ((succeeded = worker_->stats().succeeded) < jobs) std::this_thread::sleep_for(100us);
  return {.jobs = succeeded,
          .jobs_a_second = static_cast<double>(succeeded) / SecondsSince(count_->begin())};
}

DrainResult DrainFilms(const std::string& connection, int64_t jobs, WorkerOptions options) {
  const auto count = std::make_shared<JobCount>();
  RunningWorker worker(connection, MakeCountedFilm(count), count, std::move(options));
  return worker.WaitFor(jobs);
}

int RunWorkerProcess(const std::string& connection) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto count = std::make_shared<JobCount>();
  // Another process's pause of a queue may end without a notification.
  RunningWorker worker(connection, MakeCountedFilm(count), count,
                       {.poll_interval = absl::Milliseconds(100)});
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

WorkerProcess::WorkerProcess(const std::string& connection) {
  process_id_ = fork();
  if (process_id_ < 0) DieUnlessOk(absl::InternalError("cannot fork"));
  if (process_id_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execl("/proc/self/exe", "bench_jobs", "worker", connection.c_str(), nullptr);
  _exit(2);
}

WorkerProcess::~WorkerProcess() {
  kill(process_id_, SIGTERM);
  int status = 0;
  waitpid(process_id_, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::cerr << "error: a worker's process ended with " << status << "\n";
  std::exit(2);
}

double WorkerProcess::ResidentBytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", process_id_));
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// ---- The server ----

Database::Database(const TemporaryPostgres& postgres, const std::string& name)
    : name_(name),
      connection_(fmt::format("host={} port=5432 user=postgres dbname={}",
                              postgres.socket_directory(), name)),
      outside_(postgres.connection()) {
  outside_.Execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  outside_.Execute("CREATE DATABASE " + name);
  client_ = OrDie(Client::Make(Open(connection_)));
}

Database::~Database() {
  client_.reset();
  outside_.Execute("DROP DATABASE " + name_ + " WITH (FORCE)");
}

double Database::Statements() {
  return std::stod(outside_.Ask(
      fmt::format("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database ON "
                  "pg_database.oid = dbid WHERE datname = '{}'",
                  name_)));
}

double Database::Commits() {
  outside_.Execute("SELECT pg_stat_clear_snapshot()");
  return std::stod(outside_.Ask(
      fmt::format("SELECT xact_commit FROM pg_stat_database WHERE datname = '{}'", name_)));
}

std::optional<double> RunPeer(const TemporaryPostgres& postgres, const std::string& program,
                              const std::string& arguments) {
  const char* const folder = std::getenv("PROTOGRAPH_BENCH_PEERS");
  if (folder == nullptr) return std::nullopt;
  LibpqConnection outside(postgres.connection());
  if (outside.Ask("SELECT 1 FROM pg_database WHERE datname = 'peers'").empty()) {
    outside.Execute("CREATE DATABASE peers");
  }
  FILE* const output =
      popen(fmt::format("cd '{}' && PGHOST={} PGPORT=5432 PGUSER=postgres PGDATABASE=peers "
                        "timeout 120 node {}.mjs {}",
                        folder, postgres.socket_directory(), program, arguments)
                .c_str(),
            "r");
  if (output == nullptr) return std::nullopt;
  double rate = 0;
  const bool is_read = std::fscanf(output, "%*s %lf", &rate) == 1;
  if (pclose(output) == 0 && is_read) return rate;
  std::cerr << "SKIPPED: jobs: " << program << " could not be run\n";
  return std::nullopt;
}

}  // namespace protograph::bench
