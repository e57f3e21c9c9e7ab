#include "jobs/worker_settings.h"

#include <CLI/CLI.hpp>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "jobs/setting_list.h"
#include "jobs/settings_file.h"

namespace protograph::internal {
namespace {

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
