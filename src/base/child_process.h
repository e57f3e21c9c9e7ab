#ifndef PROTOGRAPH_SRC_BASE_CHILD_PROCESS_H_
#define PROTOGRAPH_SRC_BASE_CHILD_PROCESS_H_

// ChildProcess: a program that this process runs, and that does not outlive it.

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace protograph::internal {

struct ChildOptions {
  // The program's path, and its arguments. Its environment is this process's.
  std::vector<std::string> command;
  // Where its output goes; appended. Empty: where this process's does.
  std::string log_file = {};
  std::string directory = "/";
  // Whom it runs as; not set: as this process.
  struct User {
    uid_t user = 0;
    gid_t group = 0;
  };
  std::optional<User> user = {};
  // What it is sent when this process dies.
  int signal_on_death = 9;
};

class ChildProcess {
 public:
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(ChildOptions options);
  // Kills it where it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t process_id() const { return process_id_; }
  bool is_running() const;
  void Signal(int signal);
  // Blocks until it has ended. Its exit code, 128 and the signal where a signal ended it; not set
  // where it still runs after the timeout.
  std::optional<int> Wait(absl::Duration timeout);

 private:
  ChildProcess() = default;
  void Keep(const ChildOptions& options);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  pid_t process_id_ = 0;
  bool is_started_ = false;
  std::optional<int> exit_code_;
  // Forks and waits. The system sends signal_on_death when the thread ends that forked, so that it
  // must be one that stays.
  std::thread keeper_;
};

// The last lines of a log.
std::string EndOfLog(const std::string& log_file);

// The first of these that can be run; names without a slash are looked for in PATH. Empty: none.
std::string FindProgram(const std::vector<std::string>& candidates);

// The user of this name.
std::optional<ChildOptions::User> FindUser(const std::string& name);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_CHILD_PROCESS_H_
