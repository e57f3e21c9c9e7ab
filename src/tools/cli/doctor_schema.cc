// The schema: its version, what the role may do with it, its indexes.

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "tools/cli/doctor.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

constexpr const char* kUsage = R"sql(
SELECT current_user, has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1::text
)sql";

// What the role may not do and must. Partitions are reached through their parents.
constexpr const char* kMissingRights = R"sql(
SELECT classes.relname, string_agg(needed.right, ', ' ORDER BY needed.right)
FROM pg_class AS classes
JOIN pg_namespace AS schemas ON schemas.oid = classes.relnamespace
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS needed ("right")
WHERE schemas.nspname = $1::text AND classes.relkind IN ('r', 'p', 'v') AND NOT classes.relispartition
  AND (needed.right = 'SELECT' OR classes.relkind <> 'v' AND classes.relname <> 'migrations')
  AND NOT has_table_privilege(classes.oid, needed.right)
GROUP BY classes.relname
UNION ALL
SELECT functions.proname || '()', 'EXECUTE'
FROM pg_proc AS functions
JOIN pg_namespace AS schemas ON schemas.oid = functions.pronamespace
WHERE schemas.nspname = $1::text AND NOT has_function_privilege(functions.oid, 'EXECUTE')
ORDER BY 1
)sql";

constexpr const char* kIndexes = R"sql(
SELECT indexes.relname, pg_index.indisvalid AND pg_index.indisready
FROM pg_index
JOIN pg_class AS indexes ON indexes.oid = pg_index.indexrelid
JOIN pg_class AS tables ON tables.oid = pg_index.indrelid
JOIN pg_namespace AS schemas ON schemas.oid = tables.relnamespace
WHERE schemas.nspname = $1::text
ORDER BY indexes.relname
)sql";

// What the migrations make, partitions left aside.
constexpr std::string_view kNeededIndexes[] = {
    "checkpoints_pkey",
    "claims_pkey",
    "claims_released",
    "executions_by_age",
    "executions_of_workflow",
    "executions_pkey",
    "fan_outs_pkey",
    "fan_outs_unsettled",
    "finished_otherwise",
    "finished_pkey",
    "graphs_pkey",
    "item_batches_of_parent",
    "item_batches_open",
    "item_batches_pkey",
    "job_progress_pkey",
    "jobs_pkey",
    "key_slots_pkey",
    "live_blocked",
    "live_cancelling",
    "live_parents",
    "live_pkey",
    "live_queued",
    "live_scheduled",
    "owners_pkey",
    "permits_pkey",
    "queues_name_key",
    "queues_pkey",
    "schedule_firings_by_time",
    "schedule_firings_pkey",
    "schedules_due",
    "schedules_name_key",
    "schedules_pkey",
    "sleepers_pkey",
    "unique_keys_by_job",
    "unique_keys_expiring",
    "unique_keys_pkey",
    "workers_pkey",
};

void CheckRights(SqlSession& session, const std::string& role, Findings& findings) {
  absl::StatusOr<SqlRows> missing = session.Query(kMissingRights, {session.schema()});
  if (!missing.ok()) return findings.NotChecked("rights", missing.status());
  if (missing->empty()) {
    return findings.Ok("rights",
                       fmt::format("role {} may do all that clients and workers do", role));
  }
  const std::string text = absl::StrJoin(*missing, "; ", [](std::string* out, const SqlRow& row) {
    out->append(fmt::format("{} on {}", row[1], row[0]));
  });
  findings.Fail(
      "rights", fmt::format("role {} lacks {}", role, text),
      fmt::format("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}; "
                  "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {} TO {}",
                  session.schema(), role, session.schema(), role));
}

}  // namespace

bool CheckSchema(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> usage = session.Query(kUsage, {session.schema()});
  if (!usage.ok()) {
    findings.NotChecked("schema", usage.status());
    return false;
  }
  const std::string& schema = session.schema();
  if (usage->empty()) {
    findings.Fail("schema", fmt::format("there is no schema {}", schema),
                  "run `protograph migrate`, or name another one with --schema");
    return false;
  }
  const std::string& role = usage->front()[0];
  if (usage->front()[1] != "t") {
    findings.Fail("rights", fmt::format("role {} may not use schema {}", role, schema),
                  fmt::format("GRANT USAGE ON SCHEMA {} TO {}", schema, role));
    return false;
  }
  absl::StatusOr<SchemaVersion> version = ReadSchemaVersion(session);
  if (!version.ok()) {
    findings.NotChecked("schema", version.status());
    return false;
  }
  const std::string text = fmt::format("schema {} has version {}", schema, version->applied);
  if (version->applied < version->needed) {
    findings.Fail("schema", fmt::format("{}, and this program needs {}", text, version->needed),
                  "run `protograph migrate`");
    return false;
  }
  if (version->applied > version->needed) {
    findings.Fail("schema", fmt::format("{}, and this program knows {}", text, version->needed),
                  "upgrade this program");
    return false;
  }
  findings.Ok("schema", text);
  CheckRights(session, role, findings);
  return true;
}

void CheckIndexes(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> rows = session.Query(kIndexes, {session.schema()});
  if (!rows.ok()) return findings.NotChecked("indexes", rows.status());
  bool has_found = false;
  for (const std::string_view needed : kNeededIndexes) {
    const bool is_there = std::any_of(rows->begin(), rows->end(),
                                      [&](const SqlRow& row) { return row[0] == needed; });
    if (is_there) continue;
    has_found = true;
    findings.Fail("indexes", fmt::format("index {} is missing", needed),
                  "make it again as src/postgres/sql/migrations of this release does");
  }
  for (const SqlRow& row : *rows) {
    if (row[1] == "t") continue;
    has_found = true;
    findings.Fail("indexes", fmt::format("index {} is not valid", row[0]),
                  fmt::format("REINDEX INDEX CONCURRENTLY {}.{}", session.schema(), row[0]));
  }
  if (!has_found) {
    findings.Ok("indexes", fmt::format("all {} are there and valid", std::size(kNeededIndexes)));
  }
}

}  // namespace protograph::cli
