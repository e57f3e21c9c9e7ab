#include "tools/cli/sql_session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "postgres/texts.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::string WithSchema(std::string sql, const std::string& quoted_schema) {
  constexpr std::string_view kPlace = ":schema";
  for (size_t at = sql.find(kPlace); at != std::string::npos;
       at = sql.find(kPlace, at + quoted_schema.size())) {
    sql.replace(at, kPlace.size(), quoted_schema);
  }
  return sql;
}

absl::Status FaultOf(PGconn* connection, const PGresult* result) {
  if (PQstatus(connection) == CONNECTION_BAD) {
    return absl::UnavailableError("the connection to the database broke: " +
                                  OneLine(PQerrorMessage(connection), 300));
  }
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  std::string message = OneLine(primary != nullptr ? primary : PQerrorMessage(connection), 300);
  if (state != nullptr && std::string_view(state) == "42501") {
    return absl::PermissionDeniedError(message);
  }
  return absl::InternalError(message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqlSession>> SqlSession::Open(const std::string& database,
                                                             const std::string& schema) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> given(
      PQconninfoParse(database.c_str(), &error));
  if (error != nullptr) PQfreemem(error);
  if (given == nullptr) {
    return absl::InvalidArgumentError(
        "what --database or PROTOGRAPH_DATABASE says is neither a libpq connection string nor a "
        "URI: use \"host=... dbname=...\" or \"postgresql://user@host/database\"");
  }
  // What the string says itself comes after these, and counts.
  const std::array<const char*, 5> keywords = {"connect_timeout", "application_name",
                                               "client_encoding", "dbname", nullptr};
  const std::array<const char*, 5> values = {"5", "protograph command line", "UTF8",
                                             database.c_str(), nullptr};
  PGconn* const connection = PQconnectdbParams(keywords.data(), values.data(), 1);
  // From here on the destructor closes it.
  std::unique_ptr<SqlSession> session(new SqlSession(connection, schema));
  if (PQstatus(connection) != CONNECTION_OK) {
    return absl::UnavailableError(
        fmt::format("the database cannot be reached: {}; name it with --database, "
                    "PROTOGRAPH_DATABASE or libpq's PGHOST, PGDATABASE and so on, and try it with "
                    "psql",
                    OneLine(PQerrorMessage(connection), 300)));
  }
  // Notices are nobody's concern.
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  return session;
}

SqlSession::SqlSession(pg_conn* connection, std::string schema)
    : connection_(connection),
      schema_(std::move(schema)),
      quoted_schema_(internal::QuoteName(schema_)) {}

SqlSession::~SqlSession() { PQfinish(connection_); }

absl::StatusOr<SqlRows> SqlSession::Run(const std::string& sql,
                                        const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  const std::unique_ptr<PGresult, FreeResult> result(
      PQexecParams(connection_, WithSchema(sql, quoted_schema_).c_str(),
                   static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    return FaultOf(connection_, result.get());
  }
  SqlRows rows;
  for (int r = 0; r < PQntuples(result.get()); ++r) {
    SqlRow row;
    for (int c = 0; c < PQnfields(result.get()); ++c) {
      row.emplace_back(PQgetvalue(result.get(), r, c),
                       static_cast<size_t>(PQgetlength(result.get(), r, c)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<SqlRows> SqlSession::Query(const std::string& sql,
                                          const std::vector<std::string>& parameters) {
  for (const char* const begin : {"BEGIN READ ONLY", "SET LOCAL statement_timeout = '10s'"}) {
    if (absl::Status status = Execute(begin); !status.ok()) return status;
  }
  absl::StatusOr<SqlRows> rows = Run(sql, parameters);
  // Nothing to keep, and it ends a failed transaction too.
  absl::Status status = Execute("ROLLBACK");
  if (rows.ok() && !status.ok()) return status;
  return rows;
}

absl::StatusOr<std::string> SqlSession::Ask(const std::string& sql,
                                            const std::vector<std::string>& parameters) {
  absl::StatusOr<SqlRows> rows = Query(sql, parameters);
  if (!rows.ok()) return rows.status();
  if (rows->empty() || rows->front().empty()) return absl::InternalError("no answer to: " + sql);
  return rows->front().front();
}

absl::Status SqlSession::Execute(const std::string& sql) { return Run(sql, {}).status(); }

std::optional<std::string> SqlSession::WaitForNotification(absl::Duration timeout) {
  const absl::Time give_up = absl::Now() + timeout;
  while (true) {
    PQconsumeInput(connection_);
    if (PGnotify* const notification = PQnotifies(connection_); notification != nullptr) {
      std::string payload = notification->extra;
      PQfreemem(notification);
      return payload;
    }
    const absl::Duration left = give_up - absl::Now();
    if (left <= absl::ZeroDuration() || PQstatus(connection_) != CONNECTION_OK) {
      return std::nullopt;
    }
    pollfd socket{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
    poll(&socket, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  }
}

int SqlSession::announced_process() const { return PQbackendPID(connection_); }

}  // namespace protograph::cli
