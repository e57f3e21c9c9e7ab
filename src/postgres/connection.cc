#include "postgres/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace protograph::internal {
namespace {

// How long an answer may take beyond the time that the server was given.
constexpr absl::Duration kGrace = absl::Seconds(1);

// Whatever the role's defaults are. Statements rely on seeing what was committed before they began.
// They look rows up by index, some thousands at a time: the planner, which takes the pages for
// being on a disk, would rather read a table of some hundred thousand rows as a whole, ten times as
// slow. With that forbidden, costs are no measure for compiling a statement any more.
constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED; "
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

Watchdog::Time After(absl::Duration duration) {
  return std::chrono::steady_clock::now() +
         absl::ToChronoNanoseconds(std::min(duration, absl::Hours(24 * 365)));
}

// Whether there is one process of the server for the whole connection. A pooler that hands its
// servers' processes round, such as PgBouncer, makes up the number of the process that it tells its
// clients; what is prepared on such a connection is gone with the next transaction.
bool HasServerOfItsOwn(pqxx::connection& connection) {
  pqxx::nontransaction transaction(connection);
  const pqxx::result number = transaction.exec("SELECT pg_backend_pid()");
  return number[0][0].as<int>() == connection.backendpid();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& connection_string,
                                                             Watchdog& watchdog) {
  try {
    auto connection = std::make_unique<pqxx::connection>(connection_string);
    NeverReconnect(*connection);
    const int socket = fcntl(connection->sock(), F_DUPFD_CLOEXEC, 0);
    if (socket < 0) {
      return absl::ResourceExhaustedError(
          "the process has too many open files for a connection to Postgres: raise its limit");
    }
    std::unique_ptr<Connection> opened(new Connection(std::move(connection), socket, watchdog));
    opened->prepares_ = HasServerOfItsOwn(*opened->connection_);
    return opened;
  } catch (...) {
    return FaultOf("Postgres cannot be reached").status;
  }
}

Connection::Connection(std::unique_ptr<pqxx::connection> connection, int socket, Watchdog& watchdog)
    : connection_(std::move(connection)), socket_(socket), watchdog_(watchdog) {}

Connection::~Connection() {
  transaction_.reset();
  Close(*connection_);
  close(socket_);
}

bool Connection::is_open() const { return connection_->is_open(); }

template <class Call>
Fault Connection::Guarded(const char* what, const Call& call) {
  const auto began = std::chrono::steady_clock::now();
  Fault fault;
  try {
    const Watchdog::Guard guard(watchdog_, socket_, After(timeout_ + kGrace));
    call();
    return fault;
  } catch (...) {
    fault = FaultOf(what);
  }
  if (is_open() && !fault.discard) return fault;
  fault.discard = true;
  if (std::chrono::steady_clock::now() - began >= absl::ToChronoNanoseconds(timeout_)) {
    fault.timed_out = true;
    fault.status = absl::UnavailableError(
        fmt::format("{}: no answer within {}, see PostgresOptions::statement_timeout", what,
                    absl::FormatDuration(timeout_)));
  } else if (!absl::IsUnavailable(fault.status)) {
    fault.status = absl::UnavailableError(fault.status.message());
  }
  return fault;
}

Fault Connection::Begin(const TransactionOptions& options) {
  timeout_ = options.timeout;
  const int64_t millis = std::clamp<int64_t>(absl::ToInt64Milliseconds(timeout_), 1, 2'147'483'647);
  return Guarded("beginning a transaction", [&] {
    transaction_.emplace(*connection_);
    transaction_->exec(
        fmt::format("{}, set_config('statement_timeout', '{}', true){}", kBegin, millis,
                    options.synchronous ? "" : ", set_config('synchronous_commit', 'off', true)"));
  });
}

Fault Connection::Execute(const std::string& sql, const Parameters& parameters,
                          pqxx::result& result) {
  return Guarded("a statement failed",
                 [&] { result = ExecBinary(*transaction_, sql, parameters.values()); });
}

Fault Connection::ExecuteScript(const std::string& sql) {
  return Guarded("a statement failed", [&] { transaction_->exec(sql); });
}

Fault Connection::Commit() {
  Fault fault =
      Guarded("committing, which may have been done or not", [&] { transaction_->exec("COMMIT"); });
  transaction_.reset();
  return fault;
}

Fault Connection::ExecuteAlone(const std::string& name, const std::string& sql,
                               const Parameters& parameters, absl::Duration timeout,
                               pqxx::result& result) {
  timeout_ = timeout;
  Fault fault = Guarded("a statement failed", [&] {
    if (prepares_ && prepared_.insert(name).second) connection_->prepare(name, sql);
    transaction_.emplace(*connection_);
    result = prepares_ ? ExecPreparedBinary(*transaction_, name, parameters.values())
                       : ExecBinary(*transaction_, sql, parameters.values());
  });
  transaction_.reset();
  return fault;
}

void Connection::Rollback() {
  if (transaction_.has_value() && is_open()) {
    Guarded("rolling back", [&] { transaction_->exec("ROLLBACK"); });
  }
  transaction_.reset();
}

}  // namespace protograph::internal
