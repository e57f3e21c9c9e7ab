#include "base/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/status/status.h"

namespace protograph::internal {
namespace {

constexpr int kCannotRun = 127;

// In the child, where only what is safe in a signal handler may be called.
[[noreturn]] void BecomeProgram(const ChildOptions& options, char* const* arguments, int log,
                                pid_t parent) {
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  if (log >= 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  // What this process has open is not the program's.
  for (int descriptor = 3; descriptor < 1024; ++descriptor) close(descriptor);
  setpgid(0, 0);
  bool ok = chdir(options.directory.c_str()) == 0;
  if (options.user.has_value()) {
    ok = ok && setgroups(0, nullptr) == 0 && setgid(options.user->group) == 0 &&
         setuid(options.user->user) == 0;
  }
  // After the change of user, which forgets it.
  prctl(PR_SET_PDEATHSIG, options.signal_on_death);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (ok && getppid() == parent) execv(arguments[0], arguments);
  _exit(kCannotRun);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(ChildOptions options) {
  std::unique_ptr<ChildProcess> child(new ChildProcess());
  const std::string program = options.command.front();
  child->keeper_ = std::thread(
      [process = child.get(), options = std::move(options)] { process->Keep(options); });
  std::unique_lock<std::mutex> lock(child->mutex_);
  child->changed_.wait(lock, [&] { return child->is_started_; });
  if (child->process_id_ > 0) return child;
  lock.unlock();
  return absl::InternalError("cannot start " + program);
}

void ChildProcess::Keep(const ChildOptions& options) {
  std::vector<char*> arguments;
  for (const std::string& argument : options.command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const bool has_log = !options.log_file.empty();
  const int log = has_log ? open(options.log_file.c_str(),
                                 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR)
                          : -1;
  const pid_t parent = getpid();
  const pid_t child = log >= 0 || !has_log ? fork() : -1;
  if (child == 0) BecomeProgram(options, arguments.data(), log, parent);
  if (log >= 0) close(log);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_started_ = true;
    process_id_ = child;
  }
  changed_.notify_all();
  if (child < 0) return;

  // Without reaping it: until exit_code_ is set, the number is its own and may be sent signals.
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    int status = 0;
    waitpid(child, &status, 0);
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  changed_.notify_all();
}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  if (keeper_.joinable()) keeper_.join();
}

bool ChildProcess::is_running() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return process_id_ > 0 && !exit_code_.has_value();
}

void ChildProcess::Signal(int signal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (process_id_ > 0 && !exit_code_.has_value()) kill(process_id_, signal);
}

std::optional<int> ChildProcess::Wait(absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                    [this] { return exit_code_.has_value(); });
  return exit_code_;
}

std::string EndOfLog(const std::string& log_file) {
  std::ifstream file(log_file);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  constexpr size_t kMost = 2000;
  return text.substr(text.size() - std::min(text.size(), kMost));
}

std::string FindProgram(const std::vector<std::string>& candidates) {
  const char* const path = std::getenv("PATH");
  for (const std::string& candidate : candidates) {
    if (candidate.find('/') != std::string::npos) {
      if (access(candidate.c_str(), X_OK) == 0) return candidate;
      continue;
    }
    std::string_view rest = path != nullptr ? path : "/usr/bin:/bin:/usr/sbin";
    while (!rest.empty()) {
      const size_t length = std::min(rest.find(':'), rest.size());
      std::string program = std::string(rest.substr(0, length)) + "/" + candidate;
      if (access(program.c_str(), X_OK) == 0) return program;
      rest.remove_prefix(std::min(length + 1, rest.size()));
    }
  }
  return "";
}

std::optional<ChildOptions::User> FindUser(const std::string& name) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return ChildOptions::User{.user = entry.pw_uid, .group = entry.pw_gid};
}

}  // namespace protograph::internal
