// Schedules that do not fire.

#include <cstdlib>
#include <string>

#include "fmt/format.h"
#include "tools/cli/doctor.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

// Paused, and nobody has asked for it: after failures, or as it cannot be.
constexpr const char* kProblems = R"sql(
SELECT name, problem, COALESCE(failures >= :schema.schedule_pauses_after(definition), false)
FROM :schema.schedules
WHERE is_paused AND problem <> ''
ORDER BY name
LIMIT 20
)sql";

// Workers come to what is due within seconds. What was changed or resumed is due at once.
constexpr const char* kOverdue = R"sql(
SELECT name, CASE WHEN due_at > '-infinity' THEN extract(epoch FROM now() - due_at)::bigint END
FROM :schema.schedules
WHERE NOT is_paused AND due_at < now() - interval '1 minute'
  AND GREATEST(due_at, changed_at) < now() - interval '1 minute'
ORDER BY due_at, name
LIMIT 20
)sql";

constexpr const char* kCount =
    "SELECT count(*), count(*) FILTER (WHERE is_paused) "
    "FROM :schema.schedules";

}  // namespace

void CheckSchedules(SqlSession& session, Findings& findings) {
  absl::StatusOr<SqlRows> problems = session.Query(kProblems);
  if (!problems.ok()) return findings.NotChecked("schedules", problems.status());
  for (const SqlRow& row : *problems) {
    const bool has_failures = row[2] == "t";
    findings.Fail(
        "schedules", fmt::format("schedule {} does not fire: {}", row[0], row[1]),
        has_failures
            ? fmt::format(
                  "`protograph schedules firings {0}` names its jobs; once they can succeed, "
                  "`protograph schedules resume {0}`",
                  ShellWord(row[0]))
            : fmt::format("change it with `protograph schedules add {0}`, or once what it lacks is "
                          "there, `protograph schedules resume {0}`",
                          ShellWord(row[0])));
  }
  absl::StatusOr<SqlRows> overdue = session.Query(kOverdue);
  if (!overdue.ok()) return findings.NotChecked("schedules", overdue.status());
  for (const SqlRow& row : *overdue) {
    findings.Fail("schedules",
                  row[1].empty()
                      ? fmt::format("schedule {} has changed and nobody has looked at it", row[0])
                      : fmt::format("schedule {} has been due for {} and nobody fires it", row[0],
                                    ShortDuration(absl::Seconds(std::atoll(row[1].c_str())))),
                  "start a worker: any worker of this schema fires all schedules; where one runs, "
                  "see its log");
  }
  if (!problems->empty() || !overdue->empty()) return;
  absl::StatusOr<SqlRows> count = session.Query(kCount);
  if (!count.ok()) return findings.NotChecked("schedules", count.status());
  findings.Ok("schedules", fmt::format("{}, {} of them paused; none is late",
                                       Count(std::atoll(count->front()[0].c_str()), "schedule"),
                                       count->front()[1]));
}

}  // namespace protograph::cli
