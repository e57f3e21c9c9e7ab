#include "base/postgres_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kStopTimeout = absl::Seconds(30);
// How long a server may take to end whose process died.
constexpr absl::Duration kPredecessorTimeout = absl::Seconds(10);
// Neither a signal nor a file tells when the server is ready, so its state is looked at now and
// then.
constexpr std::chrono::milliseconds kLook{10};

// What `pg_config --bindir` says; empty where there is no such program.
std::string ConfiguredFolder() {
  const std::string program = FindProgram({"pg_config"});
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

// Whether the user may pass through a folder; by its own group alone.
bool MayEnter(const struct stat& folder, const ChildOptions::User& user) {
  if (folder.st_uid == user.user) return (folder.st_mode & S_IXUSR) != 0;
  if (folder.st_gid == user.group) return (folder.st_mode & S_IXGRP) != 0;
  return (folder.st_mode & S_IXOTH) != 0;
}

// Whether a process of this number runs a Postgres server.
bool IsPostgres(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  return std::getline(file, name) && (name == "postgres" || name == "postmaster");
}

}  // namespace

absl::StatusOr<PostgresServer::Programs> PostgresServer::FindPrograms() {
  std::vector<std::string> folders = DebianFolders();
  if (std::string folder = ConfiguredFolder(); !folder.empty()) {
    folders.insert(folders.begin(), std::move(folder));
  }
  const fs::path in_path = FindProgram({"initdb"});
  if (!in_path.empty()) folders.insert(folders.begin(), in_path.parent_path());
  for (const std::string& folder : folders) {
    Programs programs{.initdb = FindProgram({folder + "/initdb"}),
                      .postgres = FindProgram({folder + "/postgres"})};
    if (!programs.initdb.empty() && !programs.postgres.empty()) return programs;
  }
  return absl::FailedPreconditionError(
      "Postgres's server programs initdb and postgres were not found: install them (Debian: "
      "postgresql), or put their folder into PATH");
}

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Make(
    PostgresServerOptions options) {
  std::unique_ptr<PostgresServer> server(new PostgresServer(std::move(options)));
  absl::StatusOr<Programs> programs = FindPrograms();
  if (!programs.ok()) return programs.status();
  server->programs_ = *std::move(programs);
  if (absl::Status status = server->GiveToUser(); !status.ok()) return status;
  return server;
}

absl::Status PostgresServer::GiveToUser() {
  if (geteuid() != 0) return absl::OkStatus();
  user_ = FindUser("postgres");
  if (!user_.has_value()) {
    return absl::FailedPreconditionError(
        "Postgres does not run as root, and there is no user postgres: add one, or run this as "
        "another user");
  }
  if (chown(options_.directory.c_str(), user_->user, user_->group) != 0) {
    return absl::InternalError("cannot give the folder of Postgres to its user");
  }
  for (fs::path folder = fs::path(options_.directory).parent_path();
       folder != folder.root_path() && !folder.empty(); folder = folder.parent_path()) {
    struct stat info = {};
    if (stat(folder.c_str(), &info) != 0 || MayEnter(info, *user_)) continue;
    return absl::FailedPreconditionError(
        fmt::format("for root Postgres runs as the user postgres, who may not enter {}: use a "
                    "folder elsewhere, or run this as another user",
                    folder.native()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ChildProcess>> PostgresServer::Run(
    std::vector<std::string> command) const {
  return ChildProcess::Start({.command = std::move(command),
                              .log_file = log_file(),
                              .directory = options_.directory,
                              .user = user_,
                              .signal_on_death = SIGQUIT});
}

bool PostgresServer::has_data() const {
  std::error_code ignored;
  return fs::exists(data() + "/PG_VERSION", ignored);
}

absl::Status PostgresServer::MakeData() {
  std::vector<std::string> command = {programs_.initdb, "-D", data(), "-U",        "postgres", "-A",
                                      "trust",          "-E", "UTF8", "--locale=C"};
  if (!options_.fsync) command.emplace_back("--no-sync");
  absl::StatusOr<std::unique_ptr<ChildProcess>> initdb = Run(std::move(command));
  if (!initdb.ok()) return initdb.status();
  if ((*initdb)->Wait(options_.timeout) != 0) {
    return absl::InternalError(
        fmt::format("{} failed: {}", programs_.initdb, EndOfLog(log_file())));
  }
  return absl::OkStatus();
}

absl::Status PostgresServer::ClearPidFile() const {
  const std::string path = data() + "/postmaster.pid";
  const absl::Time give_up = absl::Now() + kPredecessorTimeout;
  while (true) {
    std::ifstream file(path);
    pid_t process = 0;
    if (!(file >> process)) break;
    if (!IsPostgres(process)) break;
    if (absl::Now() > give_up) {
      return absl::FailedPreconditionError(
          fmt::format("a Postgres server, process {}, runs on {} already: stop it, or use another "
                      "folder",
                      process, options_.directory));
    }
    std::this_thread::sleep_for(kLook);
  }
  // A crash leaves it, and it would be taken for the new server's.
  std::error_code ignored;
  fs::remove(path, ignored);
  return absl::OkStatus();
}

bool PostgresServer::IsReady() const {
  // As pg_ctl does: the eighth line of postmaster.pid.
  std::ifstream file(data() + "/postmaster.pid");
  std::string line;
  for (int i = 1; i <= 8; ++i) std::getline(file, line);
  return file && line.substr(0, 5) == "ready";
}

absl::Status PostgresServer::Start() {
  if (is_running()) return absl::OkStatus();
  if (absl::Status status = ClearPidFile(); !status.ok()) return status;
  std::vector<std::string> command = {programs_.postgres, "-D", data(), "-k",
                                      options_.directory, "-p", "5432"};
  std::vector<std::string> settings = {"listen_addresses=", "logging_collector=off",
                                       "shared_buffers=64MB"};
  if (!options_.fsync) {
    settings.insert(settings.end(), {"fsync=off", "full_page_writes=off"});
  }
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (std::string& setting : settings) {
    command.emplace_back("-c");
    command.push_back(std::move(setting));
  }
  absl::StatusOr<std::unique_ptr<ChildProcess>> started = Run(std::move(command));
  if (!started.ok()) return started.status();
  server_ = *std::move(started);
  const absl::Time give_up = absl::Now() + options_.timeout;
  while (!IsReady()) {
    if (!server_->is_running() || absl::Now() > give_up) {
      server_.reset();
      return absl::InternalError(
          fmt::format("{} did not start: {}", programs_.postgres, EndOfLog(log_file())));
    }
    std::this_thread::sleep_for(kLook);
  }
  return absl::OkStatus();
}

absl::Status PostgresServer::Stop(StopMode mode) {
  if (server_ == nullptr) return absl::OkStatus();
  Continue();
  server_->Signal(mode == StopMode::kFast ? SIGINT : SIGQUIT);
  const bool has_ended = server_->Wait(kStopTimeout).has_value();
  server_.reset();
  if (has_ended) return absl::OkStatus();
  return absl::DeadlineExceededError(
      fmt::format("Postgres had to be killed, as it did not stop within {}",
                  absl::FormatDuration(kStopTimeout)));
}

bool PostgresServer::is_running() const { return server_ != nullptr && server_->is_running(); }

void PostgresServer::Pause() {
  if (server_ == nullptr || is_paused_) return;
  is_paused_ = true;
  // The parent first, so that no child comes after the look at them.
  server_->Signal(SIGSTOP);
  SignalChildren(server_->process_id(), SIGSTOP);
}

void PostgresServer::Continue() {
  if (server_ == nullptr || !is_paused_) return;
  is_paused_ = false;
  SignalChildren(server_->process_id(), SIGCONT);
  server_->Signal(SIGCONT);
}

std::string PostgresServer::connection() const {
  return fmt::format("host={} port=5432 user=postgres dbname=postgres", options_.directory);
}

}  // namespace protograph::internal
