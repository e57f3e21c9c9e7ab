// protograph schedules list, show, next, firings.

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tools/cli/flags.h"
#include "tools/cli/published_graph.h"
#include "tools/cli/schedule_flags.h"
#include "tools/cli/schedule_output.h"
#include "tools/cli/schedules.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

struct ReadCommand {
  std::string name;
  int limit = 50;
  bool json = false;
  bool no_color = false;
};

absl::StatusOr<ExitCode> List(const ReadCommand& command, const ConnectedSchedules& connected) {
  absl::StatusOr<std::vector<ScheduleRecord>> records = connected.schedules->List();
  if (!records.ok()) return records.status();
  if (!command.json) {
    std::cout << ScheduleTable(*records, command.no_color);
    return ExitCode::kOk;
  }
  for (const ScheduleRecord& record : *records) std::cout << RecordJson(record) << '\n';
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Show(const ReadCommand& command, const ConnectedSchedules& connected) {
  absl::StatusOr<ScheduleRecord> record = connected.schedules->Get(command.name);
  if (!record.ok()) return record.status();
  absl::StatusOr<KnownGraphs> graphs = KnownGraphs::Load(connected.connected.jobs());
  if (!graphs.ok()) return graphs.status();
  std::cout << ContentsJson(*record, *graphs) << '\n';
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Firings(const ReadCommand& command, const ConnectedSchedules& connected) {
  absl::StatusOr<ScheduleRecord> record = connected.schedules->Get(command.name);
  if (!record.ok()) return record.status();
  absl::StatusOr<std::vector<FiringRecord>> firings =
      connected.schedules->Firings(command.name, command.limit);
  if (!firings.ok()) return firings.status();
  if (!command.json) {
    std::cout << FiringTable(record->definition, *firings, command.no_color);
    return ExitCode::kOk;
  }
  for (const FiringRecord& firing : *firings) std::cout << FiringJson(firing) << '\n';
  return ExitCode::kOk;
}

struct NextCommand {
  std::string name;
  ScheduleFlags flags;
  int count = 10;
  absl::Time after = absl::InfinitePast();
  bool json = false;
};

absl::StatusOr<ExitCode> PrintTicks(const NextCommand& command,
                                    const ScheduleDefinition& definition, int64_t count) {
  absl::StatusOr<std::string> words = DescribeTicks(definition);
  if (!words.ok()) return words.status();
  const absl::Time after = command.after == absl::InfinitePast() ? absl::Now() : command.after;
  absl::StatusOr<std::vector<absl::Time>> ticks =
      UpcomingTicks(definition, after, static_cast<int>(count));
  if (!ticks.ok()) return ticks.status();
  if (command.json) {
    std::cout << TicksJson(definition, *words, *ticks) << '\n';
  } else {
    std::cout << TicksText(definition, *words, *ticks);
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> NextOfStored(const NextCommand& command, const Context& context) {
  absl::StatusOr<ConnectedSchedules> connected = ConnectSchedules(context);
  if (!connected.ok()) return connected.status();
  absl::StatusOr<ScheduleRecord> record = connected->schedules->Get(command.name);
  if (!record.ok()) return record.status();
  const ScheduleDefinition& definition = record->definition;
  if (record->is_paused) {
    std::cerr << fmt::format(
        "{} is paused{}: it does not fire before `protograph schedules resume {}`\n", record->name,
        record->problem.empty() ? "" : " (" + OneLine(record->problem, 1000) + ")",
        ShellWord(record->name));
  }
  if (definition.has_backfill()) {
    return absl::InvalidArgumentError(
        fmt::format("{} makes up for the past: `protograph schedules show {}` says how far it is",
                    record->name, ShellWord(record->name)));
  }
  int64_t count = command.count;
  if (definition.most_runs() > 0) {
    count = std::clamp<int64_t>(definition.most_runs() - record->runs, 0, count);
  }
  return PrintTicks(command, definition, count);
}

absl::StatusOr<ExitCode> Next(const NextCommand& command, const Context& context) {
  if (command.flags.has_times() != command.name.empty()) {
    return absl::InvalidArgumentError(
        "give the name of a schedule, or --cron or --every for one that is not stored");
  }
  if (!command.name.empty()) return NextOfStored(command, context);
  absl::StatusOr<ScheduleDefinition> definition = command.flags.TimesAlone();
  if (!definition.ok()) return definition.status();
  return PrintTicks(command, *definition, command.count);
}

void AddNext(CLI::App& schedules, Context& context) {
  CLI::App* const next = schedules.add_subcommand(
      "next",
      "Says in words when a schedule fires, and the coming times. Of one that is not "
      "stored yet too: then it asks no database");
  const auto command = std::make_shared<NextCommand>();
  next->add_option("schedule", command->name, "Its name")->type_name("NAME");
  command->flags.AddTimes(*next);
  next->add_option("--count", command->count, "So many times")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  AddTime(*next, "--after", command->after, "Those after this time [now]");
  AddJson(*next, command->json);
  next->footer(
      "protograph schedules next nightly\n"
      "protograph schedules next --cron '30 2 * * *' --time-zone Europe/Berlin --count 3");
  next->callback([command, &context] {
    context.command = [command, &context] { return Next(*command, context); };
  });
}

}  // namespace

void AddScheduleReaders(CLI::App& schedules, Context& context) {
  // The options may stand behind the command, so that --no-color is known only when it runs.
  using Run = absl::StatusOr<ExitCode> (*)(const ReadCommand&, const ConnectedSchedules&);
  const auto add = [&](const char* name, const char* description, Run run,
                       const std::shared_ptr<ReadCommand>& command) {
    CLI::App* const reader = schedules.add_subcommand(name, description);
    reader->callback([command, &context, run] {
      context.command = [command, &context, run]() -> absl::StatusOr<ExitCode> {
        command->no_color = context.no_color;
        absl::StatusOr<ConnectedSchedules> connected = ConnectSchedules(context);
        if (!connected.ok()) return connected.status();
        return run(*command, *connected);
      };
    });
    return reader;
  };
  auto command = std::make_shared<ReadCommand>();
  CLI::App* reader = add("list", "Lists the schedules", List, command);
  AddJson(*reader, command->json);

  command = std::make_shared<ReadCommand>();
  reader = add("show", "Prints all that is known of a schedule, as JSON", Show, command);
  AddScheduleName(*reader, command->name);
  AddJson(*reader, command->json)->description("So it is anyway");

  AddNext(schedules, context);

  command = std::make_shared<ReadCommand>();
  reader = add("firings", "Lists what has become of a schedule's ticks, the last ones first",
               Firings, command);
  AddScheduleName(*reader, command->name);
  reader->add_option("--limit", command->limit, "So many at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  AddJson(*reader, command->json);
}

}  // namespace protograph::cli
