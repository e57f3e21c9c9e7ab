#ifndef PROTOGRAPH_SRC_TOOLS_CLI_SQL_SESSION_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_SQL_SESSION_H_

// SqlSession: a connection for questions that no store answers. On libpq itself, which has what a
// diagnosis asks for: notifications, the number of the server's process, and no exceptions.
//
// Not thread safe. Calls block.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

struct pg_conn;

namespace protograph::cli {

// Fields as text; null as "".
using SqlRow = std::vector<std::string>;
using SqlRows = std::vector<SqlRow>;

class SqlSession {
 public:
  // `database` is for libpq; ":schema" stands for `schema` in statements. kUnavailable where the
  // database cannot be reached, kInvalidArgument where libpq does not understand `database`.
  static absl::StatusOr<std::unique_ptr<SqlSession>> Open(const std::string& database,
                                                          const std::string& schema);
  ~SqlSession();
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;

  // One statement, in a transaction of its own that changes nothing and takes ten seconds at most.
  // Parameters are $1, $2 ... kPermissionDenied where the role may not ask.
  absl::StatusOr<SqlRows> Query(const std::string& sql,
                                const std::vector<std::string>& parameters = {});
  // The first field of the first row.
  absl::StatusOr<std::string> Ask(const std::string& sql,
                                  const std::vector<std::string>& parameters = {});
  // One statement as it is.
  absl::Status Execute(const std::string& sql);

  // The next notification's payload; not set where none comes in time.
  std::optional<std::string> WaitForNotification(absl::Duration timeout);

  // Of the server's process, as it was told when the session began. A pooler tells another one.
  int announced_process() const;
  const std::string& schema() const { return schema_; }

 private:
  SqlSession(pg_conn* connection, std::string schema);
  absl::StatusOr<SqlRows> Run(const std::string& sql, const std::vector<std::string>& parameters);

  pg_conn* const connection_;
  const std::string schema_;
  const std::string quoted_schema_;
};

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_SQL_SESSION_H_
