#include "tools/cli/context.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "fmt/format.h"
#include "sql.h"

namespace protograph::cli {
namespace {

constexpr const char* kFindMigrations =
    "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE nspname = $1::text AND relname = 'migrations'";
constexpr const char* kLastMigration = "SELECT COALESCE(max(number), 0) FROM :schema.migrations";

}  // namespace

absl::StatusOr<SchemaVersion> ReadSchemaVersion(SqlSession& session) {
  SchemaVersion version{.needed = internal::kMigrations.back().number};
  absl::StatusOr<std::string> found = session.Ask(kFindMigrations, {session.schema()});
  if (!found.ok()) return found.status();
  if (*found == "0") return version;
  absl::StatusOr<std::string> last = session.Ask(kLastMigration);
  if (!last.ok()) return last.status();
  version.applied = std::atoi(last->c_str());
  return version;
}

absl::StatusOr<std::unique_ptr<SqlSession>> Context::OpenSession() const {
  return SqlSession::Open(database, schema);
}

absl::StatusOr<std::shared_ptr<PostgresStore>> Context::OpenStore() const {
  absl::StatusOr<std::unique_ptr<SqlSession>> session = OpenSession();
  if (!session.ok()) return session.status();
  absl::StatusOr<SchemaVersion> version = ReadSchemaVersion(**session);
  if (!version.ok()) return version.status();
  if (version->applied == 0) {
    return absl::FailedPreconditionError(
        fmt::format("the database has no schema {}: run `protograph migrate`, or name another one "
                    "with --schema",
                    schema));
  }
  if (version->applied < version->needed) {
    return absl::FailedPreconditionError(
        fmt::format("schema {} has version {} and this program needs {}: run `protograph migrate`",
                    schema, version->applied, version->needed));
  }
  return PostgresStore::Open({.connection = database, .schema = schema});
}

absl::StatusOr<Connected> Connect(const Context& context) {
  absl::StatusOr<std::shared_ptr<PostgresStore>> store = context.OpenStore();
  if (!store.ok()) return store.status();
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(*store);
  if (!client.ok()) return client.status();
  return Connected{.store = *std::move(store), .client = *std::move(client)};
}

void PrintError(const absl::Status& status) {
  std::cerr << "error: " << std::string(status.message()) << '\n';
}

}  // namespace protograph::cli
