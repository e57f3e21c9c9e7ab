// The xmin horizon: rows that died after the oldest snapshot in the database began stay where they
// are, and claims step over them.

#include <cstdlib>
#include <string>

#include "fmt/format.h"
#include "tools/cli/doctor.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

// Of holders whose beginning nobody knows: transactions that have begun since.
constexpr int64_t kManyTransactions = 100'000;
// So many times the longest transaction is a failure.
constexpr int kMuchLonger = 10;

// Who holds it: sessions of this database and of standbys, prepared transactions, replication
// slots. Snapshots of other databases hold nothing here, nor do vacuums. Slots of logical
// replication hold catalogues only, by catalog_xmin.
constexpr const char* kHolders = R"sql(
SELECT 'session' AS kind, pid::text AS name, COALESCE(application_name, '') AS program,
       COALESCE(usename, '') AS role, COALESCE(state, '') AS state,
       COALESCE(extract(epoch FROM now() - xact_start)::bigint, -1) AS seconds,
       COALESCE(age(backend_xmin), age(backend_xid)) AS transactions, COALESCE(query, '') AS query
FROM pg_stat_activity
WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid()
  AND (datname = current_database() OR datname IS NULL) AND backend_type <> 'autovacuum worker'
UNION ALL
SELECT 'prepared', gid, '', owner, '', extract(epoch FROM now() - prepared)::bigint,
       age(transaction), ''
FROM pg_prepared_xacts
WHERE database = current_database()
UNION ALL
SELECT 'slot', slot_name, COALESCE(plugin, slot_type), '',
       CASE WHEN active THEN 'in use' ELSE 'not in use' END, -1, age(xmin), ''
FROM pg_replication_slots
WHERE xmin IS NOT NULL
ORDER BY transactions DESC
LIMIT 20
)sql";

constexpr const char* kSeesOthers = "SELECT pg_has_role('pg_read_all_stats', 'USAGE')";

struct Holder {
  explicit Holder(const SqlRow& row)
      : kind(row[0]),
        name(row[1]),
        program(row[2]),
        role(row[3]),
        state(row[4]),
        seconds(std::atoll(row[5].c_str())),
        transactions(std::atoll(row[6].c_str())),
        query(row[7]) {}

  std::string What() const {
    std::string text;
    if (kind == "session") {
      text = fmt::format("session {} (\"{}\", role {}, {})", name, OneLine(program), role, state);
    } else if (kind == "prepared") {
      text = fmt::format("prepared transaction '{}' of role {}", name, role);
    } else {
      text = fmt::format("replication slot {} ({}, {})", name, program, state);
    }
    text += " keeps dead rows from being removed";
    if (seconds >= 0) text += fmt::format(" since {}", ShortDuration(absl::Seconds(seconds)));
    text += fmt::format("; {} transactions began meanwhile", transactions);
    if (!query.empty()) text += "; last query: " + OneLine(query, 200);
    return text;
  }

  std::string Remedy() const {
    if (kind == "prepared") {
      return fmt::format("COMMIT PREPARED '{}' or ROLLBACK PREPARED '{}'", name, name);
    }
    if (kind == "slot") {
      return fmt::format("bring its standby back, or SELECT pg_drop_replication_slot('{}')", name);
    }
    if (state.starts_with("idle")) {
      return fmt::format(
          "let its program commit, or SELECT pg_terminate_backend({}); "
          "idle_in_transaction_session_timeout ends such sessions by itself",
          name);
    }
    return fmt::format("wait, or SELECT pg_cancel_backend({}); long reports belong on a replica",
                       name);
  }

  std::string kind;
  // The process, the transaction's or the slot's name.
  std::string name;
  std::string program;
  std::string role;
  std::string state;
  // Below zero: nobody knows.
  int64_t seconds;
  int64_t transactions;
  std::string query;
};

}  // namespace

void CheckHorizon(SqlSession& session, const DoctorOptions& options, Findings& findings) {
  absl::StatusOr<SqlRows> rows = session.Query(kHolders);
  if (!rows.ok()) return findings.NotChecked("horizon", rows.status());
  const int64_t longest = absl::ToInt64Seconds(options.longest_transaction);
  bool has_found = false;
  for (const SqlRow& row : *rows) {
    const Holder holder(row);
    const bool is_timed = holder.seconds >= 0;
    if (is_timed ? holder.seconds < longest : holder.transactions < kManyTransactions) continue;
    has_found = true;
    const bool is_bad = is_timed ? holder.seconds >= longest * kMuchLonger
                                 : holder.transactions >= kManyTransactions * kMuchLonger;
    if (is_bad) {
      findings.Fail("horizon", holder.What(), holder.Remedy());
    } else {
      findings.Warn("horizon", holder.What(), holder.Remedy());
    }
  }
  absl::StatusOr<std::string> sees_others = session.Ask(kSeesOthers);
  if (sees_others.ok() && *sees_others != "t") {
    findings.Warn("horizon", "this role does not see what other roles' sessions do",
                  "GRANT pg_read_all_stats to it, or run doctor as another role");
  } else if (!has_found) {
    findings.Ok("horizon", fmt::format("nothing holds dead rows for {} or longer",
                                       ShortDuration(options.longest_transaction)));
  }
}

}  // namespace protograph::cli
