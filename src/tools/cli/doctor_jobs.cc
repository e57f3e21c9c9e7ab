// Jobs and queues that nobody sees to.

#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "tools/cli/doctor.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

// A job with items of another one has the place in the queue that this one had, and one whose items
// were with others still has its own: both have waited since the items were handed over at most.
constexpr const char* kOverview = R"sql(
SELECT (SELECT count(*) FROM :schema.workers JOIN :schema.living_owners USING (owner_id)),
       (SELECT COALESCE(sum(queued), 0) FROM :schema.queue_states),
       (SELECT COALESCE(sum(running), 0) FROM :schema.queue_states),
       (SELECT COALESCE(extract(epoch FROM now() - min(GREATEST(live.run_at, fan_outs.called_at)))
                        ::bigint, 0)
        FROM :schema.live AS live
        LEFT JOIN :schema.item_batches AS batches USING (job_id)
        LEFT JOIN :schema.fan_outs AS fan_outs
          ON fan_outs.parent_id = COALESCE(batches.parent_id, live.job_id)
          AND fan_outs.key = COALESCE(batches.key, fan_outs.key)
        WHERE live.state = 'q')
)sql";

// Running under owners that have been dead for a while: living workers give such jobs back within
// seconds.
constexpr const char* kOrphans = R"sql(
SELECT count(*), min(live.job_id::text), min(live.owner_id::text)
FROM :schema.live AS live
LEFT JOIN :schema.owners AS owners USING (owner_id)
WHERE live.state = 'r'
  AND COALESCE(LEAST(owners.declared_dead_at, owners.lease_until) < now() - interval '30 seconds', true)
)sql";

// Jobs that wait for their items belong to nobody, and are well however old they are, while any of
// the items are under way. Workers queue them again as the last batch ends, or seconds later.
constexpr const char* kNotResumed = R"sql(
SELECT live.job_id, jobs.graph, extract(epoch FROM now() - ends.last)::bigint
FROM :schema.live AS live
JOIN :schema.jobs AS jobs USING (job_id)
CROSS JOIN LATERAL (
  SELECT GREATEST(
           live.claimed_at,
           (SELECT max(fan_outs.called_at) FROM :schema.fan_outs AS fan_outs
            WHERE fan_outs.parent_id = live.job_id),
           (SELECT max(finished.finished_at)
            FROM :schema.item_batches AS batches
            JOIN :schema.finished AS finished USING (job_id)
            WHERE batches.parent_id = live.job_id)) AS last
) AS ends
WHERE live.state = 'w' AND NOT :schema.has_open_batches(live.job_id)
  AND ends.last < now() - interval '1 minute'
ORDER BY ends.last
LIMIT 5
)sql";

// For longer than their timeout allows. A claim is a few seconds older than the run.
constexpr const char* kOverdue = R"sql(
SELECT live.job_id, jobs.graph, extract(epoch FROM now() - live.claimed_at)::bigint,
       COALESCE(split_part(owners.host, '/', 1), ''), COALESCE(owners.process_id, 0)
FROM :schema.live AS live
JOIN :schema.jobs AS jobs USING (job_id)
LEFT JOIN :schema.owners AS owners USING (owner_id)
WHERE live.state = 'r'
  AND live.claimed_at + jobs.timeout * interval '1 microsecond' < now() - interval '1 minute'
ORDER BY live.claimed_at
LIMIT 5
)sql";

// Scheduled jobs become queued within seconds after their time.
constexpr const char* kNotPromoted = R"sql(
SELECT count(*) FROM :schema.live WHERE state = 's' AND run_at < now() - interval '1 minute'
)sql";

constexpr const char* kUnserved = R"sql(
SELECT states.name, states.queued, states.mode,
       EXISTS (SELECT FROM :schema.workers JOIN :schema.living_owners USING (owner_id)
               WHERE states.name = ANY (workers.queue_names))
FROM :schema.queue_states AS states
WHERE states.queued > 0
ORDER BY states.name
)sql";

// Graphs of the first jobs that wait.
constexpr const char* kUnknownGraphs = R"sql(
SELECT DISTINCT jobs.graph
FROM (SELECT job_id FROM :schema.live WHERE state IN ('q', 'b') LIMIT 10000) AS waiting
JOIN :schema.jobs AS jobs USING (job_id)
WHERE NOT EXISTS (
  SELECT FROM :schema.workers JOIN :schema.living_owners USING (owner_id)
  WHERE jobs.graph = ANY (workers.graphs))
ORDER BY jobs.graph
)sql";

// Partitions are made days before, and counters added up within seconds, by workers.
constexpr const char* kUpkeep = R"sql(
SELECT EXISTS (
         SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE nspname = $1::text
           AND relname = 'jobs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')),
       (SELECT count(*) FROM (SELECT FROM :schema.queue_changes LIMIT 200000) AS changes)
)sql";
constexpr int64_t kManyChanges = 100'000;

constexpr std::string_view kStartWorker = "start a worker: protograph-worker --graph <library>";

void CheckRunning(SqlSession& session, bool has_workers, Findings& findings) {
  absl::StatusOr<SqlRows> orphans = session.Query(kOrphans);
  if (!orphans.ok()) return findings.NotChecked("running", orphans.status());
  const SqlRow& row = orphans->front();
  const int64_t count = std::atoll(row[0].c_str());
  if (count > 0) {
    findings.Fail("running",
                  fmt::format("{} run under workers that are dead, such as {} under {}",
                              Count(count, "job"), row[1], row[2]),
                  has_workers ? "living workers give them back within seconds: see their logs"
                              : fmt::format("{}; it gives them back", kStartWorker));
  }
  absl::StatusOr<SqlRows> overdue = session.Query(kOverdue);
  if (!overdue.ok()) return findings.NotChecked("running", overdue.status());
  for (const SqlRow& job : *overdue) {
    findings.Warn(
        "running",
        fmt::format("job {} of graph {} runs for {}, longer than its timeout allows, on {} process "
                    "{}",
                    job[0], job[1], ShortDuration(absl::Seconds(std::atoll(job[2].c_str()))),
                    job[3], job[4]),
        "its worker's log names the step that ignores its deadline; `protograph cancel` asks it to "
        "stop, and stopping the worker gives the job to another");
  }
  absl::StatusOr<SqlRows> forgotten = session.Query(kNotResumed);
  if (!forgotten.ok()) return findings.NotChecked("running", forgotten.status());
  for (const SqlRow& job : *forgotten) {
    findings.Fail(
        "running",
        fmt::format("job {} of graph {} waits for its items, none of which is under way, for {}",
                    job[0], job[1], ShortDuration(absl::Seconds(std::atoll(job[2].c_str())))),
        has_workers ? "living workers queue it again within seconds: see their logs"
                    : fmt::format("{}; it goes on with them", kStartWorker));
  }
  if (count == 0 && overdue->empty() && forgotten->empty()) {
    findings.Ok("running",
                "no job runs under a dead worker or past its timeout, or waits for nothing");
  }
}

void CheckWaiting(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> queues = session.Query(kUnserved);
  if (!queues.ok()) return findings.NotChecked("queues", queues.status());
  bool has_found = false;
  for (const SqlRow& row : *queues) {
    const std::string waiting =
        fmt::format("queue {} has {} waiting", row[0], Count(std::atoll(row[1].c_str()), "job"));
    if (row[2] == "paused") {
      has_found = true;
      findings.Warn("queues", waiting + " and is paused", "protograph resume " + ShellWord(row[0]));
    } else if (row[3] != "t") {
      has_found = true;
      findings.Fail("queues", waiting + " and no living worker takes from it",
                    "start a worker with --queue " + ShellWord(row[0]));
    }
  }
  absl::StatusOr<SqlRows> graphs = session.Query(kUnknownGraphs);
  if (!graphs.ok()) return findings.NotChecked("queues", graphs.status());
  if (!graphs->empty()) {
    has_found = true;
    const std::string names = absl::StrJoin(
        *graphs, ", ", [](std::string* text, const SqlRow& row) { text->append(row[0]); });
    findings.Fail("queues",
                  fmt::format("jobs wait for graphs that no living worker has: {}", names),
                  "start a worker that has them, or cancel the jobs: `protograph jobs --graph`");
  }
  absl::StatusOr<std::string> late = session.Ask(kNotPromoted);
  if (!late.ok()) return findings.NotChecked("queues", late.status());
  if (*late != "0") {
    has_found = true;
    findings.Fail("queues",
                  fmt::format("{} due for more than a minute and not queued",
                              Count(std::atoll(late->c_str()), "scheduled job")),
                  fmt::format("{}; it queues what is due", kStartWorker));
  }
  if (!has_found) findings.Ok("queues", "all queues with jobs are served");
}

void CheckUpkeep(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> rows = session.Query(kUpkeep, {session.schema()});
  if (!rows.ok()) return findings.NotChecked("upkeep", rows.status());
  const SqlRow& row = rows->front();
  if (row[0] != "t" || std::atoll(row[1].c_str()) > kManyChanges) {
    findings.Warn("upkeep",
                  "nobody sees to partitions and counters: old jobs are not dropped, and listing "
                  "queues gets slow",
                  kStartWorker.data());
  } else {
    findings.Ok("upkeep", "partitions are made and counters added up");
  }
}

}  // namespace

void CheckJobs(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> overview = session.Query(kOverview);
  if (!overview.ok()) return findings.NotChecked("workers", overview.status());
  const SqlRow& row = overview->front();
  const int64_t workers = std::atoll(row[0].c_str());
  const int64_t oldest = std::atoll(row[3].c_str());
  const std::string text = fmt::format(
      "{} alive; {} running, {} waiting{}", Count(workers, "worker"), row[2], row[1],
      oldest > 0 ? ", the oldest for " + ShortDuration(absl::Seconds(oldest)) : std::string());
  if (workers == 0) {
    findings.Warn("workers", text, std::string(kStartWorker));
  } else {
    findings.Ok("workers", text);
  }
  CheckRunning(session, workers > 0, findings);
  CheckWaiting(session, findings);
  CheckUpkeep(session, findings);
}

}  // namespace protograph::cli
