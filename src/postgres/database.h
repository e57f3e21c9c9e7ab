#ifndef PROTOGRAPH_SRC_POSTGRES_DATABASE_H_
#define PROTOGRAPH_SRC_POSTGRES_DATABASE_H_

// The database as the store sees it: transactions, and in them statements by name.
//
//   absl::Status status = database.Run({.timeout = ...}, [&](Transaction& transaction) {
//     absl::StatusOr<pqxx::result> rows =
//         transaction.Execute(Statement::kLoadCheckpoints, Parameters().Text(workflow_id));
//     if (!rows.ok()) return rows.status();
//     ...
//     return absl::OkStatus();
//   });

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "postgres/parameters.h"
#include "postgres/pool.h"
#include "postgres/pqxx_compat.h"
#include "postgres/watchdog.h"
#include "protograph/postgres/postgres_store.h"
#include "sql.h"

namespace protograph::internal {

class Database;

// Of Database::Run, within its function.
class Transaction {
 public:
  // Blocks.
  absl::StatusOr<pqxx::result> Execute(Statement statement, const Parameters& parameters);
  // Several statements without parameters; `:schema` in them is replaced.
  absl::Status ExecuteScript(std::string_view sql);

 private:
  friend class Database;
  Transaction(const Database& database, Connection& connection)
      : database_(database), connection_(connection) {}
  absl::Status Remember(Fault fault);

  const Database& database_;
  Connection& connection_;
  // Of the statement that failed last.
  Fault fault_;
};

// Thread safe.
class Database {
 public:
  // Validates the options; connects nowhere.
  static absl::StatusOr<std::unique_ptr<Database>> Make(const PostgresOptions& options);

  // Runs the function in a transaction and commits it; rolls back where it returns an error. Runs
  // it again where the server asks for that, as it does to end a deadlock. Blocks.
  absl::Status Run(const TransactionOptions& options,
                   absl::FunctionRef<absl::Status(Transaction&)> body);

  // One statement in a transaction of its own. Where it `may_repeat` without harm, it is repeated
  // on a new connection where the one that was used had broken, which is not known before. Blocks.
  absl::StatusOr<pqxx::result> Call(Statement statement, const Parameters& parameters,
                                    bool may_repeat);
  // The same in a transaction of somebody else's.
  absl::StatusOr<pqxx::result> CallIn(pqxx::transaction_base& transaction, Statement statement,
                                      const Parameters& parameters);
  // A connection for listening, which is none of the pool's.
  const std::string& connection_string() const { return connection_string_; }

  const std::string& schema() const { return schema_; }
  // The schema's name as SQL.
  const std::string& quoted_schema() const { return quoted_schema_; }
  absl::Duration statement_timeout() const { return statement_timeout_; }

 private:
  friend class Transaction;
  Database(std::string connection_string, const PostgresOptions& options);
  std::string WithSchema(std::string_view sql) const;
  Fault RunOnce(const TransactionOptions& options,
                absl::FunctionRef<absl::Status(Transaction&)> body);
  absl::StatusOr<Pool::Lease> Begin(const TransactionOptions& options);

  const std::string connection_string_;
  const std::string schema_;
  const std::string quoted_schema_;
  const absl::Duration statement_timeout_;
  std::array<std::string, std::tuple_size_v<decltype(kStatements)>> statements_;
  Watchdog watchdog_;
  Pool pool_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_DATABASE_H_
