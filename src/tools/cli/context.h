#ifndef PROTOGRAPH_SRC_TOOLS_CLI_CONTEXT_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_CONTEXT_H_

// What all commands share: the options before and behind the command's name, and what they open.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/jobs/client.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/store/item_store.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/sql_session.h"

namespace protograph::cli {

struct SchemaVersion {
  // Of the last migration that was applied; 0 where the schema is not there.
  int applied = 0;
  // What this program needs.
  int needed = 0;
};

// kPermissionDenied where the role may not read it.
absl::StatusOr<SchemaVersion> ReadSchemaVersion(SqlSession& session);

struct Context {
  std::string database;
  std::string schema = "protograph";
  bool no_color = false;
  // How this program was called.
  std::string program;
  // Set while the command line is read: what it asks for.
  std::function<absl::StatusOr<ExitCode>()> command;

  // These block. Only `protograph migrate` changes the schema: kFailedPrecondition where it is not
  // there or older than this program.
  absl::StatusOr<std::shared_ptr<PostgresStore>> OpenStore() const;
  absl::StatusOr<std::unique_ptr<SqlSession>> OpenSession() const;
};

// A store, and a client of it.
struct Connected {
  std::shared_ptr<PostgresStore> store;
  std::unique_ptr<Client> client;

  JobStore& jobs() const { return *store->jobs(); }
  ItemStore& items() const { return *store->items(); }
};
absl::StatusOr<Connected> Connect(const Context& context);

// "error: ..." on the standard error output.
void PrintError(const absl::Status& status);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_CONTEXT_H_
