#include "protograph/testing/temporary_postgres.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "testing/child_process.h"

namespace protograph::testing {

using internal::ChildOptions;
using internal::ChildProcess;

namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kStopTimeout = absl::Seconds(30);
// Neither a signal nor a file tells when the server is ready, so its state is looked at now and
// then.
constexpr std::chrono::milliseconds kLook{10};

struct Programs {
  std::string initdb;
  std::string postgres;
};

// What `pg_config --bindir` says; empty where there is no such program.
std::string ConfiguredFolder() {
  const std::string program = internal::FindProgram({"pg_config"});
  if (program.empty()) return "";
  FILE* const pipe = popen((program + " --bindir 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return "";
  std::string folder;
  for (int c = fgetc(pipe); c != EOF && c != '\n'; c = fgetc(pipe)) {
    folder.push_back(static_cast<char>(c));
  }
  pclose(pipe);
  return folder;
}

// Debian's folders of server programs, the newest version first.
std::vector<std::string> DebianFolders() {
  std::vector<std::pair<int, std::string>> versions;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    versions.emplace_back(version, entry.path() / "bin");
  }
  std::sort(versions.rbegin(), versions.rend());
  std::vector<std::string> folders;
  for (auto& [version, folder] : versions) folders.push_back(std::move(folder));
  return folders;
}

absl::StatusOr<Programs> FindPrograms() {
  std::vector<std::string> folders = DebianFolders();
  if (std::string folder = ConfiguredFolder(); !folder.empty()) {
    folders.insert(folders.begin(), std::move(folder));
  }
  const fs::path in_path = internal::FindProgram({"initdb"});
  if (!in_path.empty()) folders.insert(folders.begin(), in_path.parent_path());
  for (const std::string& folder : folders) {
    Programs programs{.initdb = internal::FindProgram({folder + "/initdb"}),
                      .postgres = internal::FindProgram({folder + "/postgres"})};
    if (!programs.initdb.empty() && !programs.postgres.empty()) return programs;
  }
  return absl::FailedPreconditionError(
      "Postgres's server programs initdb and postgres were not found: install them (Debian: "
      "postgresql), or put their folder into PATH");
}

// The process's parent, as /proc says; 0 where it has gone.
pid_t ParentOf(const fs::path& process) {
  std::ifstream file(process / "stat");
  std::string text;
  std::getline(file, text);
  // number (name) state parent; there may be anything in a name.
  const size_t end = text.rfind(')');
  if (end == std::string::npos || text.size() < end + 4) return 0;
  return static_cast<pid_t>(std::strtol(text.c_str() + end + 4, nullptr, 10));
}

void SignalChildren(pid_t parent, int signal) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    int number = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (fault != std::errc() || *end != '\0') continue;
    if (ParentOf(entry.path()) == parent) kill(number, signal);
  }
}

}  // namespace

struct TemporaryPostgres::State {
  TemporaryPostgresOptions options;
  Programs programs;
  std::string directory;
  std::optional<ChildOptions::User> user;
  std::unique_ptr<ChildProcess> server;
  bool is_paused = false;

  std::string log_file() const { return directory + "/log"; }
  std::string data() const { return directory + "/data"; }

  absl::Status MakeDirectory();
  absl::Status InitializeData();
  absl::Status StartServer();
  absl::StatusOr<std::unique_ptr<ChildProcess>> Run(std::vector<std::string> command) const;
  // Whether the server says in its file that connections may come.
  bool IsReady() const;
};

absl::Status TemporaryPostgres::State::MakeDirectory() {
  std::string path = options.directory + "/postgres.XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return absl::InternalError(
        fmt::format("cannot make a folder for Postgres in {}", options.directory));
  }
  directory = path;
  if (geteuid() != 0) return absl::OkStatus();
  user = internal::FindUser("postgres");
  if (!user.has_value()) {
    return absl::FailedPreconditionError(
        "Postgres does not run as root, and there is no user postgres: add one, or run this as "
        "another user");
  }
  if (chown(path.c_str(), user->user, user->group) != 0) {
    return absl::InternalError("cannot give the folder of Postgres to its user");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ChildProcess>> TemporaryPostgres::State::Run(
    std::vector<std::string> command) const {
  return ChildProcess::Start({.command = std::move(command),
                              .log_file = log_file(),
                              .directory = directory,
                              .user = user,
                              .signal_on_death = SIGQUIT});
}

absl::Status TemporaryPostgres::State::InitializeData() {
  absl::StatusOr<std::unique_ptr<ChildProcess>> initdb =
      Run({programs.initdb, "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8",
           "--locale=C", "--no-sync"});
  if (!initdb.ok()) return initdb.status();
  if ((*initdb)->Wait(options.timeout) != 0) {
    return absl::InternalError(
        fmt::format("{} failed: {}", programs.initdb, internal::EndOfLog(log_file())));
  }
  return absl::OkStatus();
}

bool TemporaryPostgres::State::IsReady() const {
  // As pg_ctl does: the eighth line of postmaster.pid.
  std::ifstream file(data() + "/postmaster.pid");
  std::string line;
  for (int i = 1; i <= 8; ++i) std::getline(file, line);
  return file && line.substr(0, 5) == "ready";
}

absl::Status TemporaryPostgres::State::StartServer() {
  std::vector<std::string> command = {programs.postgres, "-D", data(), "-k",
                                      directory,         "-p", "5432"};
  std::vector<std::string> settings = {"listen_addresses=", "logging_collector=off",
                                       "shared_buffers=64MB"};
  if (!options.fsync) {
    settings.insert(settings.end(), {"fsync=off", "full_page_writes=off"});
  }
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  for (std::string& setting : settings) {
    command.emplace_back("-c");
    command.push_back(std::move(setting));
  }
  // A crash leaves it, and it would be taken for the new server's.
  std::error_code ignored;
  fs::remove(data() + "/postmaster.pid", ignored);
  absl::StatusOr<std::unique_ptr<ChildProcess>> started = Run(std::move(command));
  if (!started.ok()) return started.status();
  server = *std::move(started);
  const absl::Time give_up = absl::Now() + options.timeout;
  while (!IsReady()) {
    if (!server->is_running() || absl::Now() > give_up) {
      server.reset();
      return absl::InternalError(
          fmt::format("{} did not start: {}", programs.postgres, internal::EndOfLog(log_file())));
    }
    std::this_thread::sleep_for(kLook);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<TemporaryPostgres>> TemporaryPostgres::Start(
    TemporaryPostgresOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  absl::StatusOr<Programs> programs = FindPrograms();
  if (!programs.ok()) return programs.status();
  state->programs = *std::move(programs);
  // From here on the destructor clears up.
  std::unique_ptr<TemporaryPostgres> postgres(new TemporaryPostgres(std::move(state)));
  absl::Status status = postgres->state_->MakeDirectory();
  if (status.ok()) status = postgres->state_->InitializeData();
  if (status.ok()) status = postgres->state_->StartServer();
  if (!status.ok()) return status;
  return postgres;
}

TemporaryPostgres::TemporaryPostgres(std::unique_ptr<State> state) : state_(std::move(state)) {}

TemporaryPostgres::~TemporaryPostgres() {
  Stop(StopMode::kImmediate).IgnoreError();
  std::error_code ignored;
  if (!state_->directory.empty()) fs::remove_all(state_->directory, ignored);
}

std::string TemporaryPostgres::connection() const {
  return fmt::format("host={} port=5432 user=postgres dbname=postgres", state_->directory);
}

const std::string& TemporaryPostgres::socket_directory() const { return state_->directory; }

absl::Status TemporaryPostgres::Stop(StopMode mode) {
  if (state_->server == nullptr) return absl::OkStatus();
  Continue();
  state_->server->Signal(mode == StopMode::kFast ? SIGINT : SIGQUIT);
  const bool has_ended = state_->server->Wait(kStopTimeout).has_value();
  state_->server.reset();
  if (has_ended) return absl::OkStatus();
  return absl::DeadlineExceededError(
      fmt::format("Postgres had to be killed, as it did not stop within {}",
                  absl::FormatDuration(kStopTimeout)));
}

absl::Status TemporaryPostgres::StartAgain() {
  if (state_->server != nullptr) return absl::OkStatus();
  return state_->StartServer();
}

absl::Status TemporaryPostgres::Restart(StopMode mode) {
  if (absl::Status status = Stop(mode); !status.ok()) return status;
  return StartAgain();
}

void TemporaryPostgres::Pause() {
  if (state_->server == nullptr || state_->is_paused) return;
  state_->is_paused = true;
  // The parent first, so that no child comes after the look at them.
  state_->server->Signal(SIGSTOP);
  SignalChildren(state_->server->process_id(), SIGSTOP);
}

void TemporaryPostgres::Continue() {
  if (state_->server == nullptr || !state_->is_paused) return;
  state_->is_paused = false;
  SignalChildren(state_->server->process_id(), SIGCONT);
  state_->server->Signal(SIGCONT);
}

}  // namespace protograph::testing
