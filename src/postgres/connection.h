#ifndef PROTOGRAPH_SRC_POSTGRES_CONNECTION_H_
#define PROTOGRAPH_SRC_POSTGRES_CONNECTION_H_

// One connection, and one transaction at a time on it. Nothing of it throws.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "postgres/errors.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"
#include "postgres/watchdog.h"

namespace protograph::internal {

struct TransactionOptions {
  // What the server may spend on one statement.
  absl::Duration timeout;
  // Whether the commit waits for the disk.
  bool synchronous = true;
};

class Connection {
 public:
  // Blocks for the string's connect_timeout at most.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& connection_string,
                                                          Watchdog& watchdog);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // These block for the transaction's timeout and a second at most.
  Fault Begin(const TransactionOptions& options);
  Fault Execute(const std::string& sql, const Parameters& parameters, pqxx::result& result);
  // Several statements without parameters.
  Fault ExecuteScript(const std::string& sql);
  Fault Commit();
  // One statement in a transaction of its own: one message to the server and one back. What the
  // server may spend on it is not said to it; the connection is cut a second after the timeout.
  // Where the connection is the server's own and no pooler's, the statement is prepared under its
  // name.
  Fault ExecuteAlone(const std::string& name, const std::string& sql, const Parameters& parameters,
                     absl::Duration timeout, pqxx::result& result);
  // Also where none was begun.
  void Rollback();

  // False once it broke.
  bool is_open() const;

 private:
  Connection(std::unique_ptr<pqxx::connection> connection, int socket, Watchdog& watchdog);
  template <class Call>
  Fault Guarded(const char* what, const Call& call);

  const std::unique_ptr<pqxx::connection> connection_;
  // A second descriptor of the connection's socket: libpq closes its own when it sees the
  // connection break, and the number may be another's at once.
  const int socket_;
  Watchdog& watchdog_;
  absl::Duration timeout_;
  // Whether what is prepared stays: see HasServerOfItsOwn.
  bool prepares_ = false;
  absl::flat_hash_set<std::string> prepared_;
  // Transactions are begun and ended in our own words, so that BEGIN, its settings and a statement
  // need no message each.
  std::optional<pqxx::nontransaction> transaction_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_CONNECTION_H_
