// Tables: dead rows that are not removed, and room that is not given back.

#include <cstdlib>
#include <string>

#include "fmt/format.h"
#include "tools/cli/doctor.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

constexpr int64_t kManyDead = 100'000;
constexpr int64_t kLargeTable = int64_t{256} << 20;
// With its indexes, of tables whose rows are short.
constexpr int64_t kLargeRow = 4096;

constexpr const char* kTables = R"sql(
SELECT tables.relname, stats.n_live_tup, stats.n_dead_tup, pg_total_relation_size(tables.oid),
       COALESCE(extract(epoch FROM now() - GREATEST(stats.last_autovacuum, stats.last_vacuum))::bigint,
                -1),
       COALESCE('autovacuum_enabled=false' = ANY (tables.reloptions), false),
       tables.relname IN ('live', 'queues', 'queue_changes', 'key_slots', 'key_changes', 'permits',
                          'sleepers', 'unique_keys', 'owners', 'claims', 'job_progress')
FROM pg_stat_user_tables AS stats
JOIN pg_class AS tables ON tables.oid = stats.relid
WHERE stats.schemaname = $1::text
ORDER BY tables.relname
)sql";

std::string Megabytes(int64_t bytes) { return fmt::format("{} MB", bytes >> 20); }

// Returns whether there was something to say.
bool CheckTable(const SqlRow& row, Findings& findings) {
  const std::string& name = row[0];
  const int64_t live = std::atoll(row[1].c_str());
  const int64_t dead = std::atoll(row[2].c_str());
  const int64_t bytes = std::atoll(row[3].c_str());
  const int64_t vacuumed = std::atoll(row[4].c_str());
  if (row[5] == "t") {
    findings.Fail("bloat", fmt::format("autovacuum is switched off for table {}", name),
                  fmt::format("ALTER TABLE {} RESET (autovacuum_enabled)", name));
    return true;
  }
  if (dead > kManyDead && dead > live) {
    const std::string when = vacuumed < 0
                                 ? "never vacuumed"
                                 : "vacuumed " + ShortDuration(absl::Seconds(vacuumed)) + " ago";
    findings.Warn("bloat",
                  fmt::format("table {} has {} dead rows and {} living ones, {}, {}", name, dead,
                              live, Megabytes(bytes), when),
                  "see `horizon`; where nothing holds them, VACUUM the table and give autovacuum "
                  "more workers");
    return true;
  }
  const bool is_narrow = row[6] == "t";
  if (is_narrow && bytes > kLargeTable && bytes / (live + dead + 1) > kLargeRow) {
    findings.Warn("bloat", fmt::format("table {} has {} for {} rows", name, Megabytes(bytes), live),
                  "VACUUM FULL it in a quiet hour, which locks it for seconds, or use pg_repack");
    return true;
  }
  return false;
}

}  // namespace

void CheckTables(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> rows = session.Query(kTables, {session.schema()});
  if (!rows.ok()) return findings.NotChecked("bloat", rows.status());
  bool has_found = false;
  int64_t bytes = 0;
  for (const SqlRow& row : *rows) {
    has_found = CheckTable(row, findings) || has_found;
    bytes += std::atoll(row[3].c_str());
  }
  if (!has_found) {
    findings.Ok("bloat",
                fmt::format("{}, {}, no dead rows to speak of",
                            Count(static_cast<int64_t>(rows->size()), "table"), Megabytes(bytes)));
  }
}

}  // namespace protograph::cli
