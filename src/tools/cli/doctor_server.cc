// The server: what it is, and how it is set up.

#include <cstdlib>
#include <string>

#include "fmt/format.h"
#include "tools/cli/doctor.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

constexpr int kOldestServer = 130000;
// Transactions that the oldest row may be behind; two thousand million is the end.
constexpr int64_t kOldestRow = 1'000'000'000;
constexpr int64_t kSmallBuffers = int64_t{128} << 20;

constexpr const char* kServer = R"sql(
SELECT current_setting('server_version'), current_setting('server_version_num'),
       pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'
         AND current_setting('default_transaction_read_only') = 'on',
       current_setting('fsync'), current_setting('full_page_writes'),
       current_setting('synchronous_commit'), current_setting('autovacuum'),
       current_setting('track_counts'), current_setting('max_connections'),
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
       pg_size_bytes(current_setting('shared_buffers')), current_setting('shared_buffers'),
       (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database())
)sql";

void CheckDurability(const SqlRow& row, Findings& findings) {
  const std::string& fsync = row[3];
  const std::string& full_page_writes = row[4];
  const std::string& synchronous_commit = row[5];
  if (fsync != "on" || full_page_writes != "on") {
    findings.Fail("durability",
                  fmt::format("fsync is {} and full_page_writes is {}: a crash of the machine may "
                              "lose or damage jobs",
                              fsync, full_page_writes),
                  "set both to on in postgresql.conf, unless the data may be lost");
  } else if (synchronous_commit == "off") {
    findings.Warn("durability",
                  "synchronous_commit is off: a crash may lose the last jobs that were submitted",
                  "ALTER SYSTEM SET synchronous_commit = on, or set it for the role");
  } else {
    findings.Ok("durability",
                "fsync and full_page_writes are on, synchronous_commit is " + synchronous_commit);
  }
}

void CheckVacuum(const SqlRow& row, Findings& findings) {
  const std::string& autovacuum = row[6];
  const std::string& track_counts = row[7];
  if (autovacuum != "on" || track_counts != "on") {
    findings.Fail("autovacuum",
                  fmt::format("autovacuum is {} and track_counts is {}: the tables of jobs grow "
                              "without end",
                              autovacuum, track_counts),
                  "ALTER SYSTEM SET autovacuum = on; the same of track_counts; then reload");
  } else {
    findings.Ok("autovacuum", "autovacuum is on");
  }
  const int64_t age = std::atoll(row[12].c_str());
  if (age > kOldestRow) {
    findings.Warn("wraparound",
                  fmt::format("the database's oldest row is {} transactions old", age),
                  "VACUUM FREEZE, and find what keeps autovacuum from it: see `horizon`");
  }
}

void CheckSizes(const SqlRow& row, Findings& findings) {
  const int64_t most = std::atoll(row[8].c_str());
  const int64_t used = std::atoll(row[9].c_str());
  const std::string text = fmt::format("{} of {} connections are in use", used, most);
  if (used * 10 > most * 8) {
    findings.Warn("connections", text,
                  "put a pooler in front, or raise max_connections; each worker has some five");
  } else {
    findings.Ok("connections", text);
  }
  if (std::atoll(row[10].c_str()) < kSmallBuffers) {
    findings.Warn("memory", "shared_buffers is " + row[11],
                  "a quarter of the machine's memory is a good beginning");
  } else {
    findings.Ok("memory", "shared_buffers is " + row[11]);
  }
}

}  // namespace

void CheckServer(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> rows = session.Query(kServer);
  if (!rows.ok()) return findings.NotChecked("server", rows.status());
  const SqlRow& row = rows->front();
  if (std::atoi(row[1].c_str()) < kOldestServer) {
    findings.Fail("server", "PostgreSQL " + row[0], "Protograph needs PostgreSQL 13 at least");
  } else if (row[2] == "t") {
    findings.Fail("server", fmt::format("PostgreSQL {}, which takes no writes", row[0]),
                  "connect to the primary: add target_session_attrs=read-write to the connection");
  } else {
    findings.Ok("server", "PostgreSQL " + row[0]);
  }
  CheckDurability(row, findings);
  CheckVacuum(row, findings);
  CheckSizes(row, findings);
}

}  // namespace protograph::cli
