// protograph completion: what shells complete command lines with, read off the command line's own
// tree.

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"
#include "tools/cli/commands.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

struct Flag {
  // "--json".
  std::string name;
  std::string description;
  bool takes_value = false;
};

struct Command {
  std::string name;
  std::string description;
  std::vector<Flag> flags = {};
  // Those under it.
  std::vector<Command> commands = {};
};

Command Read(const CLI::App& app) {
  Command command{.name = app.get_name(), .description = app.get_description()};
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      command.flags.push_back({.name = "--" + name,
                               .description = option->get_description(),
                               .takes_value = option->get_items_expected_max() > 0});
    }
  }
  for (const CLI::App* const sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    Command below = Read(*sub);
    if (!below.name.empty()) {
      command.commands.push_back(std::move(below));
      continue;
    }
    // A group of options.
    for (Flag& flag : below.flags) command.flags.push_back(std::move(flag));
  }
  return command;
}

// A command by the words that lead to it: " schedules add".
struct Place {
  std::string path;
  const Command* command;
};

// All commands, those that are above others before them.
std::vector<Place> PlacesOf(const Command& program) {
  std::vector<Place> places;
  for (const Command& command : program.commands) {
    places.push_back({" " + command.name, &command});
    for (const Place& below : PlacesOf(command)) {
      places.push_back({" " + command.name + below.path, below.command});
    }
  }
  return places;
}

std::string FlagNames(const std::vector<Flag>& flags) {
  return absl::StrJoin(flags, " ",
                       [](std::string* text, const Flag& flag) { text->append(flag.name); });
}

// What may follow the command's name, each after a space.
std::string WordsAfter(const Command& command) {
  std::string words;
  for (const Command& below : command.commands) words += " " + below.name;
  return words + " " + FlagNames(command.flags);
}

// "\" submit\"|\" schedules\"|\" schedules add\"".
std::string Patterns(const std::vector<Place>& places) {
  return absl::StrJoin(places, "|", [](std::string* text, const Place& place) {
    text->append("\"" + place.path + "\"");
  });
}

std::string ForBash(const Command& program) {
  const std::vector<Place> places = PlacesOf(program);
  std::string cases;
  for (const Place& place : places) {
    cases += fmt::format("    \"{}\") words=\"{} {}\" ;;\n", place.path,
                         WordsAfter(*place.command).substr(1), FlagNames(program.flags));
  }
  return fmt::format(
      "# bash completion of protograph: source <(protograph completion bash)\n"
      "_protograph() {{\n"
      "  local word command=\"\" words=\"\"\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$command $word\" in\n"
      "      {}) command+=\" $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n"
      "    \"\") words=\"{}\" ;;\n"
      "{}"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "}}\n"
      "complete -o default -F _protograph protograph\n",
      Patterns(places), WordsAfter(program).substr(1), cases);
}

// 'name:description', as zsh's _describe takes it.
std::string Described(const std::string& name, const std::string& description) {
  return ShellWord(absl::StrReplaceAll(name, {{":", "\\:"}}) + ":" + description);
}

std::string DescribedFlags(const std::vector<Flag>& flags) {
  return absl::StrJoin(flags, " ", [](std::string* text, const Flag& flag) {
    text->append(Described(flag.name, flag.description));
  });
}

std::string DescribedCommands(const std::vector<Command>& commands) {
  return absl::StrJoin(commands, " ", [](std::string* text, const Command& command) {
    text->append(Described(command.name, command.description));
  });
}

std::string ForZsh(const Command& program) {
  const std::vector<Place> places = PlacesOf(program);
  std::string cases;
  for (const Place& place : places) {
    cases += fmt::format("    \"{}\") commands=({}); flags+=({}) ;;\n", place.path,
                         DescribedCommands(place.command->commands),
                         DescribedFlags(place.command->flags));
  }
  return fmt::format(
      "#compdef protograph\n"
      "# zsh completion of protograph: source <(protograph completion zsh)\n"
      "_protograph() {{\n"
      "  local word command=\"\"\n"
      "  local -a commands flags\n"
      "  commands=({})\n"
      "  flags=({})\n"
      "  for word in ${{words[2,CURRENT-1]}}; do\n"
      "    case \"$command $word\" in\n"
      "      {}) command+=\" $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n"
      "{}"
      "  esac\n"
      "  (( $#commands )) && _describe command commands\n"
      "  _describe -o option flags\n"
      "  [[ -n \"$command\" && $#commands -eq 0 ]] && _files\n"
      "}}\n"
      "compdef _protograph protograph\n",
      DescribedCommands(program.commands), DescribedFlags(program.flags), Patterns(places), cases);
}

std::string FishFlags(const std::string& condition, const std::vector<Flag>& flags) {
  std::string lines;
  for (const Flag& flag : flags) {
    lines += fmt::format("complete -c protograph{} -l {}{} -d {}\n", condition, flag.name.substr(2),
                         flag.takes_value ? " -r" : "", ShellWord(flag.description));
  }
  return lines;
}

std::string FishCommand(const std::string& condition, const Command& command) {
  return fmt::format("complete -c protograph -n {} -f -a {} -d {}\n", condition, command.name,
                     ShellWord(command.description));
}

std::string ForFish(const Command& program) {
  std::string text = "# fish completion of protograph: protograph completion fish | source\n";
  text += FishFlags("", program.flags);
  for (const Command& command : program.commands) {
    std::string seen = "__fish_seen_subcommand_from " + command.name;
    for (const Command& other : program.commands) {
      // Which has one of the same name.
      for (const Command& below : other.commands) {
        if (below.name == command.name) {
          seen += "; and not __fish_seen_subcommand_from " + other.name;
        }
      }
    }
    text += FishCommand("__fish_use_subcommand", command);
    text += FishFlags(fmt::format(" -n '{}'", seen), command.flags);
    for (const Command& below : command.commands) {
      text += FishCommand(fmt::format("'{}; and not __fish_seen_subcommand_from {}'", seen,
                                      absl::StrJoin(command.commands, " ",
                                                    [](std::string* names, const Command& other) {
                                                      names->append(other.name);
                                                    })),
                          below);
      text +=
          FishFlags(fmt::format(" -n '{}; and __fish_seen_subcommand_from {}'", seen, below.name),
                    below.flags);
    }
  }
  return text;
}

}  // namespace

void AddCompletion(CLI::App& app, Context& context) {
  CLI::App* const completion =
      app.add_subcommand("completion", "Prints what a shell completes command lines with");
  const auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("source <(protograph completion bash)");
  completion->callback([shell, &app, &context] {
    context.command = [shell, &app]() -> absl::StatusOr<ExitCode> {
      const Command program = Read(app);
      std::cout << (*shell == "bash"  ? ForBash(program)
                    : *shell == "zsh" ? ForZsh(program)
                                      : ForFish(program));
      return ExitCode::kOk;
    };
  });
}

}  // namespace protograph::cli
