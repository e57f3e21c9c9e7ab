// protograph dev: from nothing to a database and a worker, as children of this process.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "base/child_process.h"
#include "base/postgres_server.h"
#include "fmt/format.h"
#include "tools/cli/commands.h"
#include "tools/cli/submission.h"
#include "tools/cli/text.h"
#include "tools/cli/waiting.h"

namespace protograph::cli {
namespace {

namespace fs = std::filesystem;
using ::protograph::internal::ChildProcess;
using ::protograph::internal::PostgresServer;

constexpr absl::Duration kLook = absl::Milliseconds(100);
constexpr absl::Duration kWorkerTimeout = absl::Seconds(60);

struct DevCommand {
  std::vector<std::string> graphs;
  std::string folder = ".protograph";
  std::vector<std::string> worker_flags;
  SubmitFlags job;
  bool once = false;
};

// SIGINT and SIGTERM of this process, which are asked for instead of coming by surprise. To be made
// before any thread, as threads take its settings over.
class StopRequests {
 public:
  StopRequests() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals_, nullptr);
  }

  // Waits for one; whether it came.
  bool Wait(absl::Duration timeout) {
    const timespec time = absl::ToTimespec(timeout);
    const bool came = sigtimedwait(&signals_, nullptr, &time) > 0;
    has_come_ = has_come_ || came;
    return came;
  }
  bool has_come() const { return has_come_; }

 private:
  sigset_t signals_;
  bool has_come_ = false;
};

// The program's file; empty where there is none.
std::string FindWorker() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return internal::FindProgram(
      {(self.parent_path() / "protograph-worker").string(), "protograph-worker"});
}

// Makes the folder where it is not there. Its absolute path.
absl::StatusOr<std::string> PrepareFolder(const std::string& given) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(given, error);
  if (error) return absl::NotFoundError(fmt::format("no such folder: {}", given));
  if (folder.native().size() > internal::kLongestSocketDirectory) {
    return absl::InvalidArgumentError(
        fmt::format("{} is too long for a database's socket, which has {} bytes at most: name a "
                    "shorter one with --data",
                    folder.native(), internal::kLongestSocketDirectory));
  }
  const auto is_ours = [](const std::string& name) {
    return name == "data" || name == "log" || name.starts_with(".s.PGSQL");
  };
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (is_ours(entry.path().filename())) continue;
    return absl::FailedPreconditionError(
        fmt::format("{} has other things in it, such as {}: name a folder of its own with --data",
                    folder.native(), entry.path().filename().native()));
  }
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder)) {
    return absl::FailedPreconditionError(fmt::format("cannot make the folder {}", folder.native()));
  }
  return folder.native();
}

class Dev {
 public:
  Dev(const DevCommand& command, const Context& context) : command_(command), context_(context) {}

  absl::StatusOr<ExitCode> Run() {
    absl::StatusOr<ExitCode> code = Work();
    absl::Status stopped = Stop();
    if (code.ok() && !stopped.ok()) return stopped;
    return code;
  }

 private:
  absl::StatusOr<ExitCode> Work() {
    absl::Status status = StartServer();
    if (status.ok()) status = StartWorker();
    if (status.ok()) status = AwaitWorker();
    if (!status.ok()) return status;
    if (requests_.has_come()) return ExitCode::kOk;
    status = Greet();
    if (!status.ok()) return status;
    ExitCode code = ExitCode::kOk;
    if (!command_.job.target.empty()) {
      absl::StatusOr<ExitCode> done = DoJob();
      if (!done.ok()) return done.status();
      code = *done;
    }
    while (!command_.once && !requests_.has_come()) {
      requests_.Wait(kLook);
      if (status = CheckChildren(); !status.ok()) return status;
    }
    return code;
  }

  absl::Status StartServer() {
    absl::StatusOr<std::string> folder = PrepareFolder(command_.folder);
    if (!folder.ok()) return folder.status();
    absl::StatusOr<std::unique_ptr<PostgresServer>> server =
        PostgresServer::Make({.directory = *folder});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    if (!server_->has_data()) {
      std::cerr << "making a database in " << *folder << '\n';
      if (absl::Status status = server_->MakeData(); !status.ok()) return status;
    }
    if (absl::Status status = server_->Start(); !status.ok()) return status;
    // Opening migrates.
    absl::StatusOr<std::shared_ptr<PostgresStore>> store =
        PostgresStore::Open({.connection = server_->connection(), .schema = context_.schema});
    if (!store.ok()) return store.status();
    absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(*store);
    if (!client.ok()) return client.status();
    connected_ = {.store = *std::move(store), .client = *std::move(client)};
    return absl::OkStatus();
  }

  absl::Status StartWorker() {
    const std::string program = FindWorker();
    if (program.empty()) {
      return absl::NotFoundError(
          "protograph-worker was found neither beside this program nor in PATH: install it");
    }
    std::vector<std::string> flags = {program, "--database", server_->connection(), "--schema",
                                      context_.schema};
    for (const std::string& graph : command_.graphs) flags.insert(flags.end(), {"--graph", graph});
    flags.insert(flags.end(), command_.worker_flags.begin(), command_.worker_flags.end());
    absl::StatusOr<std::unique_ptr<ChildProcess>> worker =
        ChildProcess::Start({.command = std::move(flags),
                             .directory = fs::current_path().native(),
                             .signal_on_death = SIGTERM});
    if (!worker.ok()) return worker.status();
    worker_ = *std::move(worker);
    return absl::OkStatus();
  }

  absl::Status CheckChildren() {
    if (!server_->is_running()) {
      return absl::InternalError("Postgres has ended by itself: " +
                                 OneLine(internal::EndOfLog(server_->log_file()), 2000));
    }
    if (!worker_->is_running()) {
      const int code = worker_->Wait(absl::ZeroDuration()).value_or(0);
      return absl::InternalError(
          fmt::format("the worker has ended by itself with code {}: see what it said above", code));
    }
    return absl::OkStatus();
  }

  // Until it says of itself that it works.
  absl::Status AwaitWorker() {
    const absl::Time give_up = absl::Now() + kWorkerTimeout;
    while (!requests_.has_come()) {
      absl::StatusOr<std::vector<WorkerRecord>> workers = connected_.jobs().Workers();
      if (!workers.ok()) return workers.status();
      for (const WorkerRecord& worker : *workers) {
        if (worker.process_id != worker_->process_id() || !worker.is_alive) continue;
        graphs_.insert(worker.graphs.begin(), worker.graphs.end());
        return absl::OkStatus();
      }
      if (absl::Status status = CheckChildren(); !status.ok()) return status;
      if (absl::Now() > give_up) {
        return absl::DeadlineExceededError(
            fmt::format("the worker did not begin within {}", ShortDuration(kWorkerTimeout)));
      }
      requests_.Wait(kLook);
    }
    return absl::OkStatus();
  }

  absl::Status Greet() {
    absl::StatusOr<KnownGraphs> known = KnownGraphs::Load(connected_.jobs());
    if (!known.ok()) return known.status();
    const std::string database = ShellWord(server_->connection());
    std::cerr << fmt::format("database  {}\nworker    process {}\n", server_->connection(),
                             worker_->process_id());
    std::cerr << fmt::format("try       export PROTOGRAPH_DATABASE={}\n", database);
    for (const std::unique_ptr<KnownGraph>& graph : known->all()) {
      if (!graphs_.contains(graph->name())) continue;
      for (const std::string& output : graph->description().final_outputs()) {
        std::cerr << fmt::format("          {} submit {}.{}", ShellWord(context_.program),
                                 graph->name(), ShortName(output));
        for (const std::string& input : graph->NeededInputs(output)) {
          std::cerr << " --json " << ShellWord(graph->ExampleJson(input));
        }
        std::cerr << " --wait\n";
      }
    }
    if (!command_.once) std::cerr << "Ctrl-C stops both; the data stay for the next time\n";
    return absl::OkStatus();
  }

  // The job of --submit.
  absl::StatusOr<ExitCode> DoJob() {
    absl::StatusOr<KnownGraphs> known = KnownGraphs::Load(connected_.jobs());
    if (!known.ok()) return known.status();
    absl::StatusOr<Target> target = ParseTarget(*known, command_.job.target);
    if (!target.ok()) return target.status();
    absl::StatusOr<std::vector<GivenInput>> inputs = command_.job.Inputs();
    if (!inputs.ok()) return inputs.status();
    absl::StatusOr<JobSubmission> submission = command_.job.Make(*target, *inputs);
    if (!submission.ok()) return submission.status();
    absl::StatusOr<std::vector<SubmittedJob>> jobs = connected_.jobs().Submit({&*submission, 1});
    if (!jobs.ok()) return jobs.status();
    while (!requests_.has_come()) {
      absl::StatusOr<JobContents> contents =
          connected_.client->WaitForJob(jobs->front().job_id, kLook);
      if (contents.ok()) return PrintOutcome(*contents, *known);
      if (!absl::IsDeadlineExceeded(contents.status())) return contents.status();
      if (absl::Status status = CheckChildren(); !status.ok()) return status;
      requests_.Wait(absl::ZeroDuration());
    }
    return ExitCode::kTimedOut;
  }

  absl::Status Stop() {
    if (worker_ != nullptr) {
      worker_->Signal(SIGTERM);
      // A second request, and a third, are the worker's.
      while (!worker_->Wait(kLook).has_value()) {
        if (requests_.Wait(absl::ZeroDuration())) worker_->Signal(SIGTERM);
      }
    }
    connected_ = {};
    return server_ == nullptr ? absl::OkStatus() : server_->Stop(PostgresServer::StopMode::kFast);
  }

  const DevCommand& command_;
  const Context& context_;
  StopRequests requests_;
  std::unique_ptr<PostgresServer> server_;
  Connected connected_;
  std::unique_ptr<ChildProcess> worker_;
  // Names of the worker's.
  std::set<std::string> graphs_;
};

absl::StatusOr<ExitCode> Run(const DevCommand& command, const Context& context) {
  if (command.once && command.job.target.empty()) {
    return absl::InvalidArgumentError("--once ends after the job of --submit: give that too");
  }
  DevCommand absolute = command;
  for (std::string& graph : absolute.graphs) {
    std::error_code error;
    if (!fs::exists(graph, error)) return absl::NotFoundError("no such graph library: " + graph);
    graph = fs::absolute(graph).native();
  }
  return Dev(absolute, context).Run();
}

}  // namespace

void AddDev(CLI::App& app, Context& context) {
  CLI::App* const dev = app.add_subcommand(
      "dev",
      "Starts a Postgres server of its own in a folder and a worker with graphs, and stops both "
      "with Ctrl-C");
  const auto command = std::make_shared<DevCommand>();
  dev->add_option("--graph", command->graphs, "A graph library; may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("FILE");
  dev->add_option("--data", command->folder, "Where the database is; made where it is not there")
      ->capture_default_str()
      ->type_name("FOLDER");
  dev->add_option("--submit", command->job.target, "Submits this job and prints its result")
      ->type_name("GRAPH.OUTPUT");
  command->job.AddInputs(*dev);
  dev->add_flag("--once", command->once, "Ends when the job of --submit has finished");
  dev->add_option("flags", command->worker_flags, "For protograph-worker, behind --")
      ->type_name("-- FLAGS");
  dev->footer(
      "protograph dev --graph ./libmovie_tagging.so\n"
      "protograph dev --graph ./libmovie_tagging.so --submit movie_tagging.TagSet --json "
      "'{\"id\": 1}' --once\n"
      "protograph dev --graph ./libmovie_tagging.so -- --threads 2");
  dev->callback([command, &context] {
    context.command = [command, &context] { return Run(*command, context); };
  });
}

}  // namespace protograph::cli
