#include "postgres/migrations.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"
#include "sql.h"

namespace protograph::internal {
namespace {

// For one statement of a migration, and for waiting until another process has migrated.
constexpr absl::Duration kMigrationTimeout = absl::Minutes(10);

struct SchemaState {
  bool has_schema = false;
  bool has_table = false;
  // How many of kMigrations are applied.
  size_t applied = 0;
};

// kFailedPrecondition unless what is applied is the beginning of what the library has.
absl::Status CheckApplied(const Database& database, const pqxx::result& rows) {
  const size_t known = kMigrations.size();
  for (size_t i = 0; i < static_cast<size_t>(rows.size()); ++i) {
    const auto row = rows[static_cast<pqxx::result::size_type>(i)];
    const int number = row[0].as<int>();
    if (number > kMigrations[known - 1].number) {
      return absl::FailedPreconditionError(
          fmt::format("schema {} was migrated to version {} by a newer program, and this one knows "
                      "versions up to "
                      "{}: upgrade this program",
                      database.quoted_schema(), rows[rows.size() - 1][0].as<int>(),
                      kMigrations[known - 1].number));
    }
    const MigrationSource& expected = kMigrations[std::min(i, known - 1)];
    if (number != expected.number || row[2].c_str() != expected.checksum) {
      return absl::FailedPreconditionError(fmt::format(
          "migration {} ({}) of schema {} is not the one that this program has: it was made by "
          "another build; use the release that made it, or another PostgresOptions::schema",
          number, row[1].c_str(), database.quoted_schema()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<SchemaState> ReadState(const Database& database, Transaction& transaction) {
  SchemaState state;
  absl::StatusOr<pqxx::result> found =
      transaction.Execute(Statement::kFindMigrations, Parameters().Text(database.schema()));
  if (!found.ok()) return found.status();
  state.has_schema = (*found)[0][0].as<bool>();
  state.has_table = (*found)[0][1].as<bool>();
  if (!state.has_table) return state;
  absl::StatusOr<pqxx::result> rows = transaction.Execute(Statement::kListMigrations, Parameters());
  if (!rows.ok()) return rows.status();
  if (absl::Status status = CheckApplied(database, *rows); !status.ok()) return status;
  state.applied = static_cast<size_t>(rows->size());
  return state;
}

// Applies the first migration that is missing, if any is.
absl::Status ApplyNext(const Database& database, Transaction& transaction) {
  absl::StatusOr<pqxx::result> locked =
      transaction.Execute(Statement::kLockMigrations, Parameters().Text(database.schema()));
  if (!locked.ok()) return locked.status();
  // Another process may have been faster.
  absl::StatusOr<SchemaState> state = ReadState(database, transaction);
  if (!state.ok()) return state.status();
  if (state->applied == kMigrations.size()) return absl::OkStatus();
  if (!state->has_schema) {
    absl::StatusOr<pqxx::result> created =
        transaction.Execute(Statement::kCreateSchema, Parameters());
    if (!created.ok()) return created.status();
  }
  if (!state->has_table) {
    absl::StatusOr<pqxx::result> created =
        transaction.Execute(Statement::kCreateMigrations, Parameters());
    if (!created.ok()) return created.status();
  }
  const MigrationSource& next = kMigrations[state->applied];
  if (absl::Status status = transaction.ExecuteScript(next.text); !status.ok()) return status;
  return transaction
      .Execute(Statement::kRecordMigration,
               Parameters().Int32(next.number).Text(next.name).Text(next.checksum))
      .status();
}

}  // namespace

absl::Status Migrate(Database& database) {
  SchemaState state;
  absl::Status status =
      database.Run({.timeout = database.statement_timeout()}, [&](Transaction& transaction) {
        absl::StatusOr<SchemaState> read = ReadState(database, transaction);
        if (read.ok()) state = *read;
        return read.status();
      });
  for (size_t i = state.applied; status.ok() && i < kMigrations.size(); ++i) {
    status = database.Run({.timeout = kMigrationTimeout}, [&](Transaction& transaction) {
      return ApplyNext(database, transaction);
    });
  }
  if (absl::IsPermissionDenied(status)) {
    return absl::PermissionDeniedError(
        fmt::format("{}; to open schema {} this role needs USAGE on it and the rights on its "
                    "tables, and to make "
                    "or migrate it CREATE on the database and on the schema: let a role that may "
                    "open the store "
                    "once, then grant this one what postgres_store.h lists",
                    std::string(status.message()), database.quoted_schema()));
  }
  return status;
}

}  // namespace protograph::internal
