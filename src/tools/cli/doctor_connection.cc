// The way to the server: poolers, notifications, and whether both clocks agree.

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tools/cli/doctor.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

constexpr absl::Duration kNotificationTimeout = absl::Seconds(3);
constexpr absl::Duration kClockDifference = absl::Seconds(2);

// Whether the number of the server's process is another one than was announced at the beginning:
// then something between here and there had announced its own.
bool IsPooled(SqlSession& session) {
  absl::StatusOr<std::string> process = session.Ask("SELECT pg_backend_pid()");
  return process.ok() && std::atoi(process->c_str()) != session.announced_process();
}

void CheckNotifications(SqlSession& session, const Context& context, Findings& findings) {
  const bool is_pooled = IsPooled(session);
  const std::string channel = fmt::format("protograph_doctor_{}", absl::ToUnixNanos(absl::Now()));
  absl::StatusOr<std::unique_ptr<SqlSession>> other = context.OpenSession();
  absl::Status status = other.status();
  if (status.ok()) status = session.Execute("LISTEN " + channel);
  const absl::Time sent = absl::Now();
  if (status.ok()) status = (*other)->Execute("NOTIFY " + channel);
  if (!status.ok()) return findings.NotChecked("notifications", status);
  const bool arrived = session.WaitForNotification(kNotificationTimeout).has_value();
  const std::string way = is_pooled ? "through a pooler" : "straight to the server";
  if (arrived) {
    findings.Ok("notifications",
                fmt::format("arrive within {}, {}", ShortDuration(absl::Now() - sent), way));
  } else if (is_pooled) {
    findings.Warn("notifications",
                  "do not arrive: a pooler that shares connections between transactions is in the "
                  "way, so that jobs begin when workers look for them, every few seconds",
                  "let workers and clients that wait connect past it, or pool sessions for them");
  } else {
    findings.Fail("notifications",
                  fmt::format("none within {}", ShortDuration(kNotificationTimeout)),
                  "see the server's log, and SELECT pg_notification_queue_usage()");
  }
  session.Execute("UNLISTEN *").IgnoreError();
}

void CheckClock(SqlSession& session, Findings& findings) {
  const absl::Time before = absl::Now();
  absl::StatusOr<std::string> answer = session.Ask("SELECT extract(epoch FROM clock_timestamp())");
  const absl::Time after = absl::Now();
  if (!answer.ok()) return findings.NotChecked("clock", answer.status());
  const absl::Time theirs =
      absl::UnixEpoch() + absl::Seconds(std::strtod(answer->c_str(), nullptr));
  // Wherever between before and after the server has looked at its clock.
  const absl::Duration ahead = theirs > after    ? theirs - after
                               : theirs < before ? theirs - before
                                                 : absl::ZeroDuration();
  if (absl::AbsDuration(ahead) > kClockDifference) {
    findings.Warn("clock",
                  fmt::format("the database's clock is {} {} this machine's",
                              ShortDuration(absl::AbsDuration(ahead)),
                              ahead > absl::ZeroDuration() ? "ahead of" : "behind"),
                  "jobs go by the database's clock alone; set both right (NTP) before comparing "
                  "their times with logs");
  } else {
    findings.Ok("clock", "the database's clock and this machine's agree");
  }
}

}  // namespace

void CheckConnection(SqlSession& session, const Context& context, Findings& findings) {
  CheckNotifications(session, context, findings);
  CheckClock(session, findings);
}

}  // namespace protograph::cli
