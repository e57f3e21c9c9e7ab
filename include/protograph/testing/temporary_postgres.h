#ifndef PROTOGRAPH_TESTING_TEMPORARY_POSTGRES_H_
#define PROTOGRAPH_TESTING_TEMPORARY_POSTGRES_H_

// TemporaryPostgres: a Postgres server of the test's own, empty, which a test may stop, kill and
// freeze.
//
//   auto postgres = TemporaryPostgres::Start();
//   ASSERT_THAT(postgres, IsOk());
//   auto store = PostgresStore::Open({.connection = (*postgres)->connection()});
//   (*postgres)->Restart(TemporaryPostgres::StopMode::kImmediate);
//
// Needs Postgres's server programs, of which initdb and postgres are looked for in PATH, where
// pg_config says, and where Debian has them. Its data lies in a folder of its own, and it listens
// on a Unix socket there and nowhere else. Run by root, the server runs as the user postgres.
//
// It is stopped when this process dies, however it does; its folder then stays.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace protograph::testing {

struct TemporaryPostgresOptions {
  // Whether it writes through to the disk: for tests that measure. Without, it survives everything
  // but a crash of the machine.
  bool fsync = false;
  // Where its folder is made: a short path, as that of a socket may have 107 bytes.
  std::string directory = "/tmp";
  // "name=value", as in postgresql.conf.
  std::vector<std::string> settings = {};
  absl::Duration timeout = absl::Seconds(60);
};

// Not thread safe.
class TemporaryPostgres {
 public:
  enum class StopMode {
    // Connections are closed, what was committed is on the disk.
    kFast,
    // As by a crash: it recovers at the next start.
    kImmediate,
  };

  // Blocks for a second or so. kFailedPrecondition where the programs are missing; says what to
  // install.
  static absl::StatusOr<std::unique_ptr<TemporaryPostgres>> Start(
      TemporaryPostgresOptions options = {});

  // Stops it and removes its folder.
  ~TemporaryPostgres();
  TemporaryPostgres(const TemporaryPostgres&) = delete;
  TemporaryPostgres& operator=(const TemporaryPostgres&) = delete;

  // For libpq: its superuser, and the database postgres. The same for as long as the object lives.
  std::string connection() const;
  // Of its socket; `port` is 5432.
  const std::string& socket_directory() const;

  // These block until it is done. Stopping what does not run is no error.
  absl::Status Stop(StopMode mode);
  absl::Status StartAgain();
  absl::Status Restart(StopMode mode);

  // Freezes all its processes, as a machine does that is out of order: connections stay and nobody
  // answers.
  void Pause();
  void Continue();

 private:
  struct State;
  explicit TemporaryPostgres(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace protograph::testing

#endif  // PROTOGRAPH_TESTING_TEMPORARY_POSTGRES_H_
