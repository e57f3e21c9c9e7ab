#ifndef PROTOGRAPH_SRC_BASE_POSTGRES_SERVER_H_
#define PROTOGRAPH_SRC_BASE_POSTGRES_SERVER_H_

// PostgresServer: a Postgres server that this process runs, with its data in a folder.
//
// Needs Postgres's server programs, of which initdb and postgres are looked for in PATH, where
// pg_config says, and where Debian has them. It listens on a Unix socket in the folder and nowhere
// else. Run by root, it runs as the user postgres. It is stopped when this process dies, however it
// does.
//
// Not thread safe.

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/child_process.h"

namespace protograph::internal {

// Of a folder in which a server's socket can be, in bytes.
inline constexpr size_t kLongestSocketDirectory = 90;

struct PostgresServerOptions {
  // Holds its data, log and socket. Must be there; run by root, it is given to the user postgres.
  std::string directory;
  // Whether it writes through to the disk. Without, it survives everything but a crash of the
  // machine.
  bool fsync = true;
  // "name=value", as in postgresql.conf.
  std::vector<std::string> settings = {};
  absl::Duration timeout = absl::Seconds(60);
};

class PostgresServer {
 public:
  enum class StopMode {
    // Connections are closed, what was committed is on the disk.
    kFast,
    // As by a crash: it recovers at the next start.
    kImmediate,
  };

  // kFailedPrecondition where the programs, or for root the user, are missing; says what to do.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Make(PostgresServerOptions options);
  // Kills it where it still runs.
  ~PostgresServer() = default;
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Whether the folder has data.
  bool has_data() const;
  // Makes the data: the superuser postgres, whom it trusts, and the database postgres.
  absl::Status MakeData();

  // These block until it is done; what is done already is no error. kFailedPrecondition where
  // another process's server runs on the folder.
  absl::Status Start();
  absl::Status Stop(StopMode mode);
  // False also once it has crashed.
  bool is_running() const;

  // Freezes all its processes, as a machine does that is out of order: connections stay and nobody
  // answers.
  void Pause();
  void Continue();

  // For libpq.
  std::string connection() const;
  const std::string& directory() const { return options_.directory; }
  std::string log_file() const { return options_.directory + "/log"; }

 private:
  struct Programs {
    std::string initdb;
    std::string postgres;
  };

  explicit PostgresServer(PostgresServerOptions options) : options_(std::move(options)) {}
  static absl::StatusOr<Programs> FindPrograms();
  absl::Status GiveToUser();
  std::string data() const { return options_.directory + "/data"; }
  absl::StatusOr<std::unique_ptr<ChildProcess>> Run(std::vector<std::string> command) const;
  absl::Status ClearPidFile() const;
  bool IsReady() const;

  PostgresServerOptions options_;
  Programs programs_;
  std::optional<ChildOptions::User> user_;
  std::unique_ptr<ChildProcess> server_;
  bool is_paused_ = false;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_POSTGRES_SERVER_H_
