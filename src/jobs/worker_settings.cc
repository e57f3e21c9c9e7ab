#include "jobs/worker_settings.h"

#include <libpq-fe.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
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

struct Setting {
  // As the flag has it, without its dashes, and the file.
  std::string name;
  std::string placeholder;
  std::string help;
  // What a value may be: "a whole number from 1 to 4096".
  std::string allowed;
  // Takes one value; whether that is sound.
  std::function<bool(const std::string& value, WorkerSettings& settings)> set;
  std::function<std::string(const WorkerSettings& settings)> show;
  // Not empty: may be given several times; makes room for the first of them.
  std::function<void(WorkerSettings& settings)> clear = {};
  // Its values are not repeated in messages.
  bool is_secret = false;
};

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

// The values of one setting in one place.
struct Given {
  // "the flag --threads".
  std::string where;
  std::vector<std::string> values;
};

// By the settings' names.
using Layer = std::map<std::string, Given, std::less<>>;

constexpr char kConfig[] = "config";

std::string VariableOf(const std::string& setting) {
  return "PROTOGRAPH_" + absl::StrReplaceAll(absl::AsciiStrToUpper(setting), {{"-", "_"}});
}

// CLI11's parser of a command line, and where it puts what it finds. Values are only collected:
// they are looked at together with those of the other places.
class CommandLine {
 public:
  CommandLine(const std::vector<Setting>& settings, const std::string& program)
      : app_("Runs jobs of graphs until it is asked to stop.", program) {
    app_.set_help_flag();
    app_.allow_extras();
    for (const Setting& setting : settings) {
      const std::string standard = setting.show(WorkerSettings{});
      Add(setting.name, setting.placeholder, fmt::format("{} [{}]", setting.help, standard));
    }
    Add(kConfig, "FILE", "reads settings from this file (TOML)");
    app_.add_flag("--check", check_, "checks settings and graphs, prints them and ends");
    app_.add_flag("--version", version_, "prints the versions and ends");
    app_.add_flag("-h,--help", help_, "prints this and ends");
    constexpr size_t kWidth = 32;
    app_.get_formatter()->column_width(kWidth);
  }

  // Adds to `faults` what is no flag.
  Layer Parse(std::span<const std::string> arguments, std::vector<std::string>& faults) {
    // CLI11 takes them from the back.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      app_.parse(std::move(reversed));
    } catch (const CLI::Error& error) {
      faults.emplace_back(error.what());
    }
    for (const std::string& extra : app_.remaining()) {
      faults.push_back(fmt::format("\"{}\" is no flag: see --help", extra));
    }
    Layer layer;
    for (auto& [name, values] : values_) {
      if (app_.count("--" + name) > 0) layer[name] = {"the flag --" + name, std::move(values)};
    }
    return layer;
  }

  WorkerAction action() const {
    if (help_) return WorkerAction::kHelp;
    if (version_) return WorkerAction::kVersion;
    return check_ ? WorkerAction::kCheck : WorkerAction::kRun;
  }

  std::string Help() const { return app_.help(); }

 private:
  void Add(const std::string& name, const std::string& placeholder, const std::string& help) {
    // A flag without its value has an empty one, which no setting allows: so it is reported with
    // the other faults and not thrown as the first of them.
    app_.add_option("--" + name, values_[name], help)
        ->type_name(placeholder)
        ->expected(0, 1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  CLI::App app_;
  std::map<std::string, std::vector<std::string>> values_;
  bool check_ = false;
  bool version_ = false;
  bool help_ = false;
};

Layer ReadEnvironment(const std::vector<Setting>& settings, const ReadVariable& read_variable) {
  Layer layer;
  const auto read = [&](const std::string& name, bool is_list) {
    const std::string variable = VariableOf(name);
    const std::optional<std::string> value = read_variable(variable);
    // An empty variable is as good as none: service managers leave such behind.
    if (!value.has_value() || value->empty()) return;
    layer[name] = {"the environment's " + variable,
                   is_list ? absl::StrSplit(*value, ',') : std::vector<std::string>{*value}};
  };
  for (const Setting& setting : settings) read(setting.name, setting.clear != nullptr);
  read(kConfig, /*is_list=*/false);
  return layer;
}

// The text without comments, and each list on one line: CLI11 takes a # within quotes for a
// comment, a line that ends in [ for an item, and makes something up where a quote is not closed.
std::string Tidy(const std::string& path, std::istream& file, std::vector<std::string>& faults) {
  std::string text;
  char quote = 0;
  int depth = 0;
  int line = 1;
  const auto end_quote = [&] {
    if (quote != 0) faults.push_back(fmt::format("{}: line {}: a quote is not closed", path, line));
    quote = 0;
  };
  for (char c = 0; file.get(c);) {
    if (quote == 0 && c == '#') {
      while (file.get(c) && c != '\n') {
      }
      c = '\n';
    }
    if (c == '\n') {
      end_quote();
      ++line;
      text.push_back(depth > 0 ? ' ' : c);
      continue;
    }
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']') {
      --depth;
    }
    text.push_back(c);
  }
  end_quote();
  if (depth > 0) faults.push_back(fmt::format("{}: a list is not closed with ]", path));
  return text;
}

Layer ReadFile(const std::string& path, const std::vector<Setting>& settings,
               std::vector<std::string>& faults) {
  std::ifstream file(path);
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  if (!file || is_folder) {
    const int reason = is_folder ? EISDIR : errno;
    faults.push_back(fmt::format("{}: the configuration file cannot be read: {}", path,
                                 std::generic_category().message(reason)));
    return {};
  }
  std::istringstream text(Tidy(path, file, faults));
  Layer layer;
  try {
    CLI::ConfigTOML format;
    // None is left, so that what looks like one is none.
    format.comment('\0');
    for (const CLI::ConfigItem& item : format.from_config(text)) {
      // Marks of where a section begins and ends.
      if (item.name == "++" || item.name == "--") continue;
      const std::string name = item.fullname();
      const auto has_name = [&](const Setting& setting) { return setting.name == name; };
      if (std::none_of(settings.begin(), settings.end(), has_name)) {
        faults.push_back(fmt::format(
            "{}: \"{}\" is no setting; there are: {}", path, name,
            absl::StrJoin(settings, ", ", [](std::string* list, const Setting& setting) {
              list->append(setting.name);
            })));
        continue;
      }
      Given& given = layer[name];
      given.where = fmt::format("{} in {}", name, path);
      given.values.insert(given.values.end(), item.inputs.begin(), item.inputs.end());
    }
  } catch (const CLI::Error& fault) {
    faults.push_back(fmt::format("{}: {}", path, fault.what()));
  }
  return layer;
}

// Sets what is sound and adds the rest to `faults`.
void Apply(const Setting& setting, const Given& given, WorkerSettings& settings,
           std::vector<std::string>& faults) {
  if (setting.clear == nullptr && given.values.size() > 1) {
    faults.push_back(
        fmt::format("{} has {} values: give one, in quotes where it has spaces or "
                    "commas in it; allowed is {}",
                    given.where, given.values.size(), setting.allowed));
    return;
  }
  WorkerSettings changed = settings;
  if (setting.clear != nullptr) setting.clear(changed);
  bool is_sound = true;
  for (const std::string& value : given.values) {
    if (!value.empty() && setting.set(value, changed)) continue;
    is_sound = false;
    faults.push_back(fmt::format("{} is {}: allowed is {}", given.where,
                                 value.empty()       ? "empty"
                                 : setting.is_secret ? "not understood"
                                                     : fmt::format("\"{}\"", value),
                                 setting.allowed));
  }
  if (is_sound) settings = std::move(changed);
}

}  // namespace

WorkerCommand ReadWorkerCommand(std::span<const std::string> arguments,
                                const ReadVariable& read_variable, bool loads_graphs) {
  const std::vector<Setting> all = AllSettings(loads_graphs);
  WorkerCommand command;
  CommandLine command_line(all, "");
  // The strongest first.
  std::vector<Layer> layers;
  layers.push_back(command_line.Parse(arguments, command.faults));
  layers.push_back(ReadEnvironment(all, read_variable));
  command.action = command_line.action();
  for (const Layer& layer : layers) {
    const auto config = layer.find(kConfig);
    if (config == layer.end()) continue;
    if (config->second.values.size() != 1 || config->second.values.front().empty()) {
      command.faults.push_back(fmt::format("{} needs the path of one file", config->second.where));
    } else {
      layers.push_back(ReadFile(config->second.values.front(), all, command.faults));
    }
    break;
  }

  for (const Setting& setting : all) {
    std::string where = "the default";
    for (const Layer& layer : layers) {
      const auto given = layer.find(setting.name);
      if (given == layer.end()) continue;
      Apply(setting, given->second, command.settings, command.faults);
      where = given->second.where;
      break;
    }
    command.overview.append(
        fmt::format("{} = {}  ({})\n", setting.name, setting.show(command.settings), where));
  }
  return command;
}

std::string WorkerUsage(const std::string& program, bool loads_graphs) {
  return CommandLine(AllSettings(loads_graphs), program).Help() +
         "\n"
         "Each setting can also be given by the environment (--shutdown-grace 1m as\n"
         "PROTOGRAPH_SHUTDOWN_GRACE=1m, lists with commas between) and by the file\n"
         "(shutdown-grace = \"1m\", lists as [\"a\", \"b\"]). Flags go before the environment,\n"
         "and that before the file.\n"
         "\n"
         "SIGTERM, SIGINT: finishes what runs within the grace and gives the rest back.\n"
         "A second one: gives back at once.\n"
         "\n"
         "Exit status: 0 after it was stopped, 2 where settings or graphs are wrong, 3 where the\n"
         "database cannot be opened, 1 after another failure.\n";
}

}  // namespace protograph::internal
