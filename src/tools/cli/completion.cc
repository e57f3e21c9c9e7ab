// protograph completion: what shells complete command lines with, read off the command line's own
// tree.

#include <iostream>
#include <memory>
#include <string>
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
  return command;
}

std::vector<Command> ReadCommands(const CLI::App& app) {
  std::vector<Command> commands;
  for (const CLI::App* const sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(Read(*sub));
  }
  return commands;
}

std::string Names(const std::vector<Command>& commands, const char* separator) {
  return absl::StrJoin(commands, separator, [](std::string* text, const Command& command) {
    text->append(command.name);
  });
}

std::string FlagNames(const std::vector<Flag>& flags) {
  return absl::StrJoin(flags, " ",
                       [](std::string* text, const Flag& flag) { text->append(flag.name); });
}

std::string ForBash(const Command& program, const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands) {
    cases += fmt::format("    {}) words=\"{} {}\" ;;\n", command.name, FlagNames(command.flags),
                         FlagNames(program.flags));
  }
  return fmt::format(
      "# bash completion of protograph: source <(protograph completion bash)\n"
      "_protograph() {{\n"
      "  local word command=\"\" words=\"\"\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$word\" in\n"
      "      {}) command=\"$word\"; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n"
      "    \"\") words=\"{} {}\" ;;\n"
      "{}"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "}}\n"
      "complete -o default -F _protograph protograph\n",
      Names(commands, "|"), Names(commands, " "), FlagNames(program.flags), cases);
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

std::string ForZsh(const Command& program, const std::vector<Command>& commands) {
  std::string names;
  std::string cases;
  for (const Command& command : commands) {
    names += " " + Described(command.name, command.description);
    cases += fmt::format("    {}) flags+=({}) ;;\n", command.name, DescribedFlags(command.flags));
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
      "    case \"$word\" in\n"
      "      {}) command=\"$word\"; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n"
      "    \"\") _describe command commands ;;\n"
      "{}"
      "  esac\n"
      "  _describe -o option flags\n"
      "  [[ -n \"$command\" ]] && _files\n"
      "}}\n"
      "compdef _protograph protograph\n",
      names.substr(1), DescribedFlags(program.flags), Names(commands, "|"), cases);
}

std::string FishFlags(const std::string& condition, const std::vector<Flag>& flags) {
  std::string lines;
  for (const Flag& flag : flags) {
    lines += fmt::format("complete -c protograph{} -l {}{} -d {}\n", condition, flag.name.substr(2),
                         flag.takes_value ? " -r" : "", ShellWord(flag.description));
  }
  return lines;
}

std::string ForFish(const Command& program, const std::vector<Command>& commands) {
  std::string text = "# fish completion of protograph: protograph completion fish | source\n";
  text += FishFlags("", program.flags);
  for (const Command& command : commands) {
    text += fmt::format("complete -c protograph -n __fish_use_subcommand -f -a {} -d {}\n",
                        command.name, ShellWord(command.description));
    text +=
        FishFlags(fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name), command.flags);
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
      const std::vector<Command> commands = ReadCommands(app);
      std::cout << (*shell == "bash"  ? ForBash(program, commands)
                    : *shell == "zsh" ? ForZsh(program, commands)
                                      : ForFish(program, commands));
      return ExitCode::kOk;
    };
  });
}

}  // namespace protograph::cli
