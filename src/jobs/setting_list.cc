#include "jobs/setting_list.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {
namespace {

constexpr int kMostThreads = 4096;
constexpr int kMostPrefetch = 100'000;
constexpr int kMostWeight = 1000;
constexpr int kMostCrashes = 1000;
constexpr size_t kLongestSchema = 63;

template <class T>
using Member = T& (*)(WorkerSettings& settings);

// What `member` has in settings that are not to be changed.
template <class T>
T Read(Member<T> member, WorkerSettings settings) {
  return member(settings);
}

Setting WholeNumber(std::string name, std::string help, int least, int most, Member<int> member) {
  return {
      .name = std::move(name),
      .placeholder = "N",
      .help = std::move(help),
      .allowed = fmt::format("a whole number from {} to {}", least, most),
      .set =
          [=](const std::string& value, WorkerSettings& settings) {
            int number = 0;
            if (!absl::SimpleAtoi(value, &number) || number < least || number > most) {
              return false;
            }
            member(settings) = number;
            return true;
          },
      .show =
          [=](const WorkerSettings& settings) { return std::to_string(Read(member, settings)); }};
}

Setting Duration(std::string name, std::string help, absl::Duration least, absl::Duration most,
                 Member<absl::Duration> member) {
  return {.name = std::move(name),
          .placeholder = "TIME",
          .help = std::move(help),
          .allowed = fmt::format("a time from {} to {}, such as 500ms, 10s or 1h30m",
                                 absl::FormatDuration(least), absl::FormatDuration(most)),
          .set =
              [=](const std::string& value, WorkerSettings& settings) {
                absl::Duration duration;
                if (!absl::ParseDuration(value, &duration) || duration < least || duration > most) {
                  return false;
                }
                member(settings) = duration;
                return true;
              },
          .show =
              [=](const WorkerSettings& settings) {
                return absl::FormatDuration(Read(member, settings));
              }};
}

struct FreeConnection {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConnectionOptions = std::unique_ptr<PQconninfoOption, FreeConnection>;

ConnectionOptions ParseConnection(const std::string& connection) {
  char* error = nullptr;
  ConnectionOptions options(PQconninfoParse(connection.c_str(), &error));
  // Not shown: it quotes the connection string.
  if (error != nullptr) PQfreemem(error);
  return options;
}

// Without what libpq hides, such as passwords.
std::string ShowConnection(const std::string& connection) {
  if (connection.empty()) return "libpq's defaults";
  const ConnectionOptions options = ParseConnection(connection);
  std::vector<std::string> shown;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const bool is_secret = option->dispchar != nullptr && option->dispchar[0] == '*';
    shown.push_back(fmt::format("{}={}", option->keyword, is_secret ? "(hidden)" : option->val));
  }
  return absl::StrJoin(shown, " ");
}

Setting DatabaseSetting() {
  return {.name = "database",
          .placeholder = "CONN",
          .help = "Postgres database: a URI or libpq's \"host=...\"; also PGHOST and the like",
          .allowed =
              "a connection as libpq takes it, \"host=... dbname=...\" or "
              "\"postgresql://user@host/database\"",
          .set =
              [](const std::string& value, WorkerSettings& settings) {
                if (ParseConnection(value) == nullptr) return false;
                settings.store.connection = value;
                return true;
              },
          .show = [](const WorkerSettings& s) { return ShowConnection(s.store.connection); },
          .is_secret = true};
}

Setting SchemaSetting() {
  return {.name = "schema",
          .placeholder = "NAME",
          .help = "schema of the database that holds Protograph's tables",
          .allowed = fmt::format("a name of 1 to {} bytes", kLongestSchema),
          .set =
              [](const std::string& value, WorkerSettings& settings) {
                if (value.empty() || value.size() > kLongestSchema) return false;
                settings.store.schema = value;
                return true;
              },
          .show = [](const WorkerSettings& s) { return s.store.schema; }};
}

bool AddQueue(const std::string& value, WorkerSettings& settings) {
  WeightedQueue queue{.name = value};
  // The last one, as a name may have = in it.
  if (const size_t equals = value.rfind('='); equals != std::string::npos) {
    queue.name = value.substr(0, equals);
    if (!absl::SimpleAtoi(value.substr(equals + 1), &queue.weight)) return false;
  }
  std::vector<WeightedQueue>& queues = settings.worker.queues;
  const auto has_name = [&](const WeightedQueue& other) { return other.name == queue.name; };
  if (queue.name.empty() || queue.name.size() > kLongestName || queue.weight < 1 ||
      queue.weight > kMostWeight || std::any_of(queues.begin(), queues.end(), has_name)) {
    return false;
  }
  queues.push_back(std::move(queue));
  return true;
}

Setting QueueSetting() {
  return {
      .name = "queue",
      .placeholder = "NAME[=WEIGHT]",
      .help = "takes jobs from this queue; may be repeated",
      .allowed = fmt::format("the name of a queue, each once, of 1 to {} bytes, and =WEIGHT from "
                             "1 to {} where that is not 1",
                             kLongestName, kMostWeight),
      .set = AddQueue,
      .show =
          [](const WorkerSettings& settings) {
            return absl::StrJoin(settings.worker.queues, ", ",
                                 [](std::string* text, const WeightedQueue& queue) {
                                   text->append(fmt::format("{}={}", queue.name, queue.weight));
                                 });
          },
      .clear = [](WorkerSettings& settings) { settings.worker.queues.clear(); }};
}

Setting GraphSetting() {
  return {.name = "graph",
          .placeholder = "FILE",
          .help = "loads graphs from this shared library; may be repeated",
          .allowed = "the path of a shared library, each once",
          .set =
              [](const std::string& value, WorkerSettings& settings) {
                std::vector<std::string>& graphs = settings.graphs;
                if (value.empty() || std::count(graphs.begin(), graphs.end(), value) > 0) {
                  return false;
                }
                graphs.push_back(value);
                return true;
              },
          .show =
              [](const WorkerSettings& settings) {
                return settings.graphs.empty() ? "none" : absl::StrJoin(settings.graphs, ", ");
              },
          .clear = [](WorkerSettings& settings) { settings.graphs.clear(); }};
}

constexpr std::pair<std::string_view, LogLevel> kLogLevels[] = {{"debug", LogLevel::kDebug},
                                                                {"info", LogLevel::kInfo},
                                                                {"warning", LogLevel::kWarning},
                                                                {"error", LogLevel::kError}};

Setting LogLevelSetting() {
  return {.name = "log-level",
          .placeholder = "LEVEL",
          .help = "what is logged at least: debug, info, warning or error",
          .allowed = "debug, info, warning or error",
          .set =
              [](const std::string& value, WorkerSettings& settings) {
                for (const auto& [name, level] : kLogLevels) {
                  if (value != name) continue;
                  settings.log_level = level;
                  return true;
                }
                return false;
              },
          .show =
              [](const WorkerSettings& settings) {
                for (const auto& [name, level] : kLogLevels) {
                  if (level == settings.log_level) return std::string(name);
                }
                return std::string();
              }};
}

}  // namespace

std::vector<Setting> AllSettings(bool loads_graphs) {
  using absl::Hours;
  using absl::Milliseconds;
  using absl::Seconds;
  constexpr absl::Duration kLongestKept = Hours(24 * 365 * 10);
  std::vector<Setting> all;
  if (loads_graphs) all.push_back(GraphSetting());
  all.push_back(DatabaseSetting());
  all.push_back(SchemaSetting());
  all.push_back(QueueSetting());
  all.push_back(WholeNumber("threads", "how many jobs run at once", 1, kMostThreads,
                            [](WorkerSettings& s) -> int& { return s.worker.threads; }));
  all.push_back(WholeNumber("prefetch", "jobs fetched ahead at most; 0: by how fast they are", 0,
                            kMostPrefetch,
                            [](WorkerSettings& s) -> int& { return s.worker.prefetch; }));
  all.push_back(Duration("lease", "for how long it counts as alive without a sign of life",
                         Milliseconds(100), Hours(24),
                         [](WorkerSettings& s) -> absl::Duration& { return s.engine.lease; }));
  all.push_back(Duration(
      "shutdown-grace", "for how long running jobs go on after SIGTERM", absl::ZeroDuration(),
      Hours(24), [](WorkerSettings& s) -> absl::Duration& { return s.worker.shutdown_grace; }));
  all.push_back(Duration(
      "poll-interval", "how often it looks for jobs, beside being told of them", Milliseconds(10),
      Hours(1), [](WorkerSettings& s) -> absl::Duration& { return s.worker.poll_interval; }));
  all.push_back(Duration(
      "stuck-after", "how long a step may ignore that its time is up", Milliseconds(10), Hours(24),
      [](WorkerSettings& s) -> absl::Duration& { return s.worker.stuck_after; }));
  all.push_back(Duration(
      "flush-interval", "how often results of steps are written", Milliseconds(1), Hours(0.5),
      [](WorkerSettings& s) -> absl::Duration& { return s.engine.flush_interval; }));
  all.push_back(Duration(
      "keep-succeeded", "for how long jobs that succeeded are kept", Seconds(1), kLongestKept,
      [](WorkerSettings& s) -> absl::Duration& { return s.worker.maintain.keep_succeeded; }));
  all.push_back(
      Duration("keep-failed", "for how long jobs that failed are kept", Seconds(1), kLongestKept,
               [](WorkerSettings& s) -> absl::Duration& { return s.worker.maintain.keep_failed; }));
  all.push_back(
      WholeNumber("most-crashes", "a job has failed that killed so many workers", 1, kMostCrashes,
                  [](WorkerSettings& s) -> int& { return s.worker.maintain.most_crashes; }));
  all.push_back(LogLevelSetting());
  return all;
}

}  // namespace protograph::internal
