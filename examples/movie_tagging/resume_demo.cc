#include "resume_demo.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "protograph/durability/engine.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/testing/temporary_postgres.h"

namespace movie_tagging {
namespace {

using ::protograph::Engine;
using ::protograph::PostgresStore;
using ::protograph::testing::TemporaryPostgres;

constexpr absl::Duration kStep = absl::Milliseconds(500);
constexpr char kStepBegins[] = "  begins ";
constexpr int kFatalStep = 4;

std::string WorkflowOf(int movie_id) { return fmt::format("film-{}", movie_id); }

void Print(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

// Tells of each step, and lets it take long enough to be seen.
class Announcer : public protograph::ExecutionObserver {
 public:
  void OnAttemptStart(const protograph::ExecCtx& ctx, const protograph::StepEvent& event) override {
    Print(kStepBegins + std::string(event.step));
    ctx.SleepFor(kStep).IgnoreError();
  }
};

// This program, started with other arguments, and what it prints.
class Worker {
 public:
  static absl::StatusOr<std::unique_ptr<Worker>> Start(const Options& options,
                                                       const std::string& database) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("there is no pipe to be had");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<std::string> arguments = {"movie_tagging",   std::to_string(*options.movie_id),
                                          "--resume-worker", "--database",
                                          database,          "--data",
                                          options.data};
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_t process = 0;
    const int error =
        posix_spawn(&process, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE* const output = fdopen(ends[0], "r");
    if (error != 0 || output == nullptr) {
      return absl::InternalError("this program could not be started a second time");
    }
    return std::unique_ptr<Worker>(new Worker(process, output));
  }

  ~Worker() {
    if (process_ > 0) End(SIGKILL);
    fclose(output_);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  pid_t process() const { return process_; }

  std::optional<std::string> ReadLine() {
    std::string line;
    int c = fgetc(output_);
    if (c == EOF) return std::nullopt;
    for (; c != EOF && c != '\n'; c = fgetc(output_)) line.push_back(static_cast<char>(c));
    return line;
  }

  // Waits for its end, after a signal unless that is 0; whether it ended well.
  bool End(int signal) {
    if (signal != 0) kill(process_, signal);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  Worker(pid_t process, FILE* output) : process_(process), output_(output) {}

  pid_t process_;
  FILE* const output_;
};

absl::Status KillInFourthStep(const Options& options, const std::string& database) {
  absl::StatusOr<std::unique_ptr<Worker>> worker = Worker::Start(options, database);
  if (!worker.ok()) return worker.status();
  Print(fmt::format("Process {} tags film {}, as workflow {}:", (*worker)->process(),
                    *options.movie_id, WorkflowOf(*options.movie_id)));
  int begun = 0;
  while (begun < kFatalStep) {
    const std::optional<std::string> line = (*worker)->ReadLine();
    if (!line.has_value()) return absl::InternalError("the process ended before it was killed");
    Print(*line);
    if (line->rfind(kStepBegins, 0) == 0) ++begun;
  }
  absl::SleepFor(kStep / 2);
  Print(fmt::format("Process {} is killed, with SIGKILL.\n", (*worker)->process()));
  (*worker)->End(SIGKILL);
  return absl::OkStatus();
}

absl::Status ShowCheckpoints(const std::string& workflow, PostgresStore& store) {
  const absl::StatusOr<std::vector<protograph::Checkpoint>> checkpoints = store.Load(workflow);
  if (!checkpoints.ok()) return checkpoints.status();
  Print(fmt::format("In the database, of workflow {}:", workflow));
  for (const protograph::Checkpoint& checkpoint : *checkpoints) {
    Print(fmt::format("  {} made {}, {} bytes", checkpoint.step, checkpoint.output_type,
                      checkpoint.payload.size()));
  }
  return absl::OkStatus();
}

absl::Status LetAnotherGoOn(const Options& options, const std::string& database) {
  absl::StatusOr<std::unique_ptr<Worker>> worker = Worker::Start(options, database);
  if (!worker.ok()) return worker.status();
  Print(fmt::format("\nProcess {} is asked for the same:", (*worker)->process()));
  while (const std::optional<std::string> line = (*worker)->ReadLine()) Print(*line);
  if (!(*worker)->End(0)) return absl::InternalError("the second process failed");
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowResuming(const Options& options) {
  std::unique_ptr<TemporaryPostgres> postgres;
  std::string database = options.database;
  if (database.empty()) {
    absl::StatusOr<std::unique_ptr<TemporaryPostgres>> started = TemporaryPostgres::Start();
    if (!started.ok()) return started.status();
    postgres = *std::move(started);
    database = postgres->connection();
  }
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = database});
  if (!store.ok()) return store.status();
  if (absl::Status status = KillInFourthStep(options, database); !status.ok()) return status;
  if (absl::Status status = ShowCheckpoints(WorkflowOf(*options.movie_id), **store); !status.ok()) {
    return status;
  }
  return LetAnotherGoOn(options, database);
}

absl::Status TagDurably(const MovieGraph& graph, int movie_id, const std::string& database) {
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = database});
  if (!store.ok()) return store.status();
  const absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(*store);
  if (!engine.ok()) return engine.status();
  Announcer announcer;
  protograph::ExecCtx ctx = (*engine)->NewExecution(
      {.workflow_id = WorkflowOf(movie_id), .context = {.observer = &announcer}});
  MovieId id;
  id.set_id(movie_id);
  const absl::StatusOr<TagSet> tags = graph.Execute<TagSet>(ctx, id);
  if (!tags.ok()) return tags.status();
  std::string text = "Tags:";
  for (const Tag& tag : tags->tags()) text += " " + tag.name();
  Print(text);
  Print(fmt::format("Steps taken from the database: {}", (*engine)->stats().steps_restored));
  return absl::OkStatus();
}

}  // namespace movie_tagging
