#include "protograph/testing/temporary_postgres.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/postgres_server.h"
#include "fmt/format.h"

namespace protograph::testing {

using ::protograph::internal::PostgresServer;

struct TemporaryPostgres::State {
  std::string directory;
  std::unique_ptr<PostgresServer> server;
};

absl::StatusOr<std::unique_ptr<TemporaryPostgres>> TemporaryPostgres::Start(
    TemporaryPostgresOptions options) {
  std::string path = options.directory + "/postgres.XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return absl::InternalError(
        fmt::format("cannot make a folder for Postgres in {}", options.directory));
  }
  auto state = std::make_unique<State>();
  state->directory = path;
  // From here on the destructor clears up.
  std::unique_ptr<TemporaryPostgres> postgres(new TemporaryPostgres(std::move(state)));
  absl::StatusOr<std::unique_ptr<PostgresServer>> server =
      PostgresServer::Make({.directory = std::move(path),
                            .fsync = options.fsync,
                            .settings = std::move(options.settings),
                            .timeout = options.timeout});
  if (!server.ok()) return server.status();
  postgres->state_->server = *std::move(server);
  absl::Status status = postgres->state_->server->MakeData();
  if (status.ok()) status = postgres->state_->server->Start();
  if (!status.ok()) return status;
  return postgres;
}

TemporaryPostgres::TemporaryPostgres(std::unique_ptr<State> state) : state_(std::move(state)) {}

TemporaryPostgres::~TemporaryPostgres() {
  if (state_->server != nullptr) Stop(StopMode::kImmediate).IgnoreError();
  std::error_code ignored;
  std::filesystem::remove_all(state_->directory, ignored);
}

std::string TemporaryPostgres::connection() const { return state_->server->connection(); }

const std::string& TemporaryPostgres::socket_directory() const { return state_->directory; }

absl::Status TemporaryPostgres::Stop(StopMode mode) {
  return state_->server->Stop(mode == StopMode::kFast ? PostgresServer::StopMode::kFast
                                                      : PostgresServer::StopMode::kImmediate);
}

absl::Status TemporaryPostgres::StartAgain() { return state_->server->Start(); }

absl::Status TemporaryPostgres::Restart(StopMode mode) {
  if (absl::Status status = Stop(mode); !status.ok()) return status;
  return StartAgain();
}

void TemporaryPostgres::Pause() { state_->server->Pause(); }

void TemporaryPostgres::Continue() { state_->server->Continue(); }

}  // namespace protograph::testing
