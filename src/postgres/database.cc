#include "postgres/database.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "postgres/connection_string.h"
#include "postgres/texts.h"

namespace protograph::internal {
namespace {

constexpr size_t kLongestName = 63;  // NAMEDATALEN - 1
constexpr int kMostRepeats = 5;

absl::Status CheckOptions(const PostgresOptions& options) {
  if (options.schema.empty() || options.schema.size() > kLongestName || !IsText(options.schema)) {
    return absl::InvalidArgumentError(fmt::format(
        "PostgresOptions::schema must be UTF-8 of 1 to {} bytes without NUL characters; it has {}",
        kLongestName, options.schema.size()));
  }
  if (options.max_connections < 1) {
    return absl::InvalidArgumentError(fmt::format(
        "PostgresOptions::max_connections is {}: let it be at least 1", options.max_connections));
  }
  if (options.connect_timeout <= absl::ZeroDuration() ||
      options.statement_timeout < absl::Milliseconds(1) ||
      options.acquire_timeout < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        "a timeout of PostgresOptions is none: let connect_timeout be positive, statement_timeout "
        "at "
        "least a millisecond and acquire_timeout not negative");
  }
  if (options.first_backoff <= absl::ZeroDuration() ||
      options.longest_backoff < options.first_backoff) {
    return absl::InvalidArgumentError(
        "PostgresOptions::first_backoff must be positive, and longest_backoff not shorter");
  }
  return absl::OkStatus();
}

// Comments are for the readers of the files.
std::string WithoutComments(std::string_view sql) {
  std::string text;
  for (const absl::string_view line :
       absl::StrSplit(absl::string_view(sql.data(), sql.size()), '\n')) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin == absl::string_view::npos || absl::StartsWith(line.substr(begin), "--")) continue;
    text.append(line.data(), line.size());
    text.push_back('\n');
  }
  return text;
}

}  // namespace

absl::Status Transaction::Remember(Fault fault) {
  fault_ = std::move(fault);
  return fault_.status;
}

absl::StatusOr<pqxx::result> Transaction::Execute(Statement statement,
                                                  const Parameters& parameters) {
  pqxx::result result;
  const std::string& sql = database_.statements_[static_cast<size_t>(statement)];
  absl::Status status = Remember(connection_.Execute(sql, parameters, result));
  if (!status.ok()) return status;
  return result;
}

absl::Status Transaction::ExecuteScript(std::string_view sql) {
  return Remember(connection_.ExecuteScript(database_.WithSchema(sql)));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Make(const PostgresOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  absl::StatusOr<std::string> connection_string = ConnectionString(options);
  if (!connection_string.ok()) return connection_string.status();
  std::unique_ptr<Database> database(new Database(*std::move(connection_string), options));
  if (absl::Status status = database->watchdog_.Start(); !status.ok()) return status;
  return database;
}

Database::Database(std::string connection_string, const PostgresOptions& options)
    : connection_string_(std::move(connection_string)),
      schema_(options.schema),
      quoted_schema_(QuoteName(options.schema)),
      statement_timeout_(options.statement_timeout),
      pool_(connection_string_, options, watchdog_) {
  for (size_t i = 0; i < statements_.size(); ++i) {
    // The name is what pg_stat_activity shows first.
    statements_[i] = fmt::format("/* protograph {} */ {}", kStatements[i].name,
                                 WithSchema(WithoutComments(kStatements[i].text)));
  }
}

std::string Database::WithSchema(std::string_view sql) const {
  return absl::StrReplaceAll(absl::string_view(sql.data(), sql.size()),
                             {{":schema", quoted_schema_}});
}

absl::StatusOr<Pool::Lease> Database::Begin(const TransactionOptions& options) {
  while (true) {
    absl::StatusOr<Pool::Lease> lease = pool_.Acquire();
    if (!lease.ok()) return lease.status();
    Fault fault = (*lease)->Begin(options);
    if (fault.status.ok()) return lease;
    const bool is_reused = lease->is_reused();
    lease->Discard();
    // One that broke while it lay idle is no reason to fail; the next one may be new.
    if (!is_reused || fault.timed_out) return fault.status;
  }
}

Fault Database::RunOnce(const TransactionOptions& options,
                        absl::FunctionRef<absl::Status(Transaction&)> body) {
  absl::StatusOr<Pool::Lease> lease = Begin(options);
  if (!lease.ok()) return {.status = lease.status()};
  Transaction transaction(*this, **lease);
  absl::Status status = body(transaction);
  Fault fault = status.ok() ? (*lease)->Commit() : std::move(transaction.fault_);
  if (!status.ok()) fault.status = std::move(status);
  if (fault.discard) {
    lease->Discard();
  } else if (!fault.status.ok()) {
    (*lease)->Rollback();
  }
  return fault;
}

absl::Status Database::Run(const TransactionOptions& options,
                           absl::FunctionRef<absl::Status(Transaction&)> body) {
  for (int repeats = 0;; ++repeats) {
    Fault fault = RunOnce(options, body);
    if (!fault.repeat || repeats == kMostRepeats) return fault.status;
  }
}

absl::StatusOr<pqxx::result> Database::Call(Statement statement, const Parameters& parameters,
                                            bool may_repeat) {
  const std::string& sql = statements_[static_cast<size_t>(statement)];
  const std::string name(kStatements[static_cast<size_t>(statement)].name);
  for (int repeats = 0;; ++repeats) {
    absl::StatusOr<Pool::Lease> lease = pool_.Acquire();
    if (!lease.ok()) return lease.status();
    pqxx::result result;
    const Fault fault = (*lease)->ExecuteAlone(name, sql, parameters, statement_timeout_, result);
    if (fault.status.ok()) return result;
    const bool has_broken = fault.discard && !fault.timed_out && lease->is_reused();
    if (fault.discard) lease->Discard();
    const bool is_worth_repeating = fault.repeat || (has_broken && may_repeat);
    if (!is_worth_repeating || repeats == kMostRepeats) return fault.status;
  }
}

absl::StatusOr<pqxx::result> Database::CallIn(pqxx::transaction_base& transaction,
                                              Statement statement, const Parameters& parameters) {
  try {
    return ExecBinary(transaction, statements_[static_cast<size_t>(statement)],
                      parameters.values());
  } catch (...) {
    return FaultOf("a statement in the caller's transaction failed").status;
  }
}

}  // namespace protograph::internal
