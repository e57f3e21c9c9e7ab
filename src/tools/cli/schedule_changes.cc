// protograph schedules add, pause, resume, remove, trigger, backfill.

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tools/cli/first_fault.h"
#include "tools/cli/flags.h"
#include "tools/cli/schedule_flags.h"
#include "tools/cli/schedule_output.h"
#include "tools/cli/schedules.h"
#include "tools/cli/submission.h"
#include "tools/cli/text.h"
#include "tools/cli/waiting.h"

namespace protograph::cli {
namespace {

struct AddCommand {
  std::string name;
  SubmitFlags job;
  ScheduleFlags schedule;
};

absl::StatusOr<ScheduleDefinition> MakeDefinition(const AddCommand& command,
                                                  const Connected& connected) {
  if (!command.schedule.has_times()) {
    return absl::InvalidArgumentError("say when it fires: --cron EXPRESSION or --every DURATION");
  }
  absl::StatusOr<KnownGraphs> graphs = KnownGraphs::Load(connected.jobs());
  if (!graphs.ok()) return graphs.status();
  absl::StatusOr<Target> target = ParseTarget(*graphs, command.job.target);
  if (!target.ok()) return target.status();
  absl::StatusOr<std::vector<GivenInput>> given = command.job.Inputs();
  if (!given.ok()) return given.status();
  absl::StatusOr<JobInputs> inputs = MakeInputs(*target, *given, Templates::kAllowed);
  if (!inputs.ok()) return inputs.status();
  absl::StatusOr<SubmitOptions> options = command.job.Options();
  if (!options.ok()) return options.status();
  Schedule schedule = command.schedule.schedule();
  schedule.job = *std::move(options);
  return MakeScheduleDefinition(target->graph, target->output_type, *inputs, schedule);
}

absl::StatusOr<ExitCode> Add(const AddCommand& command, const ConnectedSchedules& connected) {
  absl::StatusOr<ScheduleDefinition> definition = MakeDefinition(command, connected.connected);
  if (!definition.ok()) return definition.status();
  const absl::StatusOr<ScheduleRecord> before = connected.schedules->Get(command.name);
  if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
  absl::StatusOr<bool> is_new = connected.schedules->PutDefinition(command.name, *definition);
  if (!is_new.ok()) return is_new.status();

  absl::StatusOr<std::string> words = DescribeTicks(*definition);
  if (!words.ok()) return words.status();
  absl::StatusOr<std::vector<absl::Time>> next = UpcomingTicks(*definition, absl::Now(), 1);
  if (!next.ok()) return next.status();
  const bool is_same = before.ok() && before->source.empty() &&
                       before->definition.SerializeAsString() == definition->SerializeAsString();
  const char* const done = *is_new ? "made" : is_same ? "is as it was" : "changed";
  std::cout << fmt::format(
      "{} {}: {}; {}\n", command.name, done, *words,
      next->empty() ? "never fires" : "next " + LocalTime(*definition, next->front()));
  if (!before.ok()) return ExitCode::kOk;
  if (!before->source.empty()) {
    std::cerr << fmt::format(
        "{} names it in its code, and changes it back when it starts the next time\n",
        before->source);
  }
  if (before->is_paused && before->problem.empty()) {
    std::cerr << fmt::format("it is paused: see `protograph schedules resume {}`\n",
                             ShellWord(command.name));
  }
  return ExitCode::kOk;
}

struct NamesCommand {
  std::vector<std::string> names;
};

absl::StatusOr<ExitCode> ForEach(const NamesCommand& command, const ConnectedSchedules& connected,
                                 absl::Status (Schedules::*change)(const std::string&),
                                 std::string_view done) {
  FirstFault faults;
  for (const std::string& name : command.names) {
    absl::Status status = ((*connected.schedules).*change)(name);
    faults.Note(name, status);
    if (status.ok()) std::cout << name << ' ' << done << '\n';
  }
  return faults.code();
}

absl::StatusOr<ExitCode> Pause(const NamesCommand& command, const ConnectedSchedules& connected) {
  return ForEach(command, connected, &Schedules::Pause, "paused");
}

absl::StatusOr<ExitCode> Resume(const NamesCommand& command, const ConnectedSchedules& connected) {
  return ForEach(command, connected, &Schedules::Resume, "resumed");
}

absl::StatusOr<ExitCode> Remove(const NamesCommand& command, const ConnectedSchedules& connected) {
  return ForEach(command, connected, &Schedules::Remove, "removed");
}

struct TriggerCommand {
  std::string name;
  std::optional<absl::Duration> wait;
};

absl::StatusOr<ExitCode> Trigger(const TriggerCommand& command,
                                 const ConnectedSchedules& connected) {
  absl::StatusOr<JobId> job = connected.schedules->Trigger(command.name);
  if (!job.ok()) return job.status();
  if (!command.wait.has_value()) {
    std::cout << *job << '\n';
    return ExitCode::kOk;
  }
  // The standard output is for the result.
  std::cerr << *job << '\n';
  absl::StatusOr<JobContents> contents = WaitWithProgress(connected.connected, *job, *command.wait);
  if (!contents.ok()) return contents.status();
  absl::StatusOr<KnownGraphs> graphs = KnownGraphs::Load(connected.connected.jobs());
  if (!graphs.ok()) return graphs.status();
  return PrintOutcome(*contents, *graphs);
}

struct BackfillCommand {
  std::string name;
  absl::Time from;
  absl::Time to;
  int per_minute = 60;
};

absl::StatusOr<ExitCode> MakeBackfill(const BackfillCommand& command,
                                      const ConnectedSchedules& connected) {
  absl::StatusOr<std::string> made =
      connected.schedules->Backfill(command.name, command.from, command.to, command.per_minute);
  if (!made.ok()) return made.status();
  std::cout << *made << '\n';
  std::cerr << fmt::format(
      "workers make its jobs, at most {} a minute; `protograph schedules show {}` says how far it "
      "is, and it is gone once all are made\n",
      command.per_minute, ShellWord(*made));
  return ExitCode::kOk;
}

void AddForEach(CLI::App& schedules, Context& context, const char* name, const char* description,
                absl::StatusOr<ExitCode> (*run)(const NamesCommand&, const ConnectedSchedules&)) {
  CLI::App* const app = schedules.add_subcommand(name, description);
  const auto command = std::make_shared<NamesCommand>();
  app->add_option("schedules", command->names, "Their names")->required()->type_name("NAME");
  SetScheduleCommand(*app, context, command, run);
}

}  // namespace

void AddScheduleChanges(CLI::App& schedules, Context& context) {
  CLI::App* app = schedules.add_subcommand(
      "add",
      "Makes a schedule, or changes the one of this name: which job, from inputs in JSON, "
      "and when");
  const auto add = std::make_shared<AddCommand>();
  AddScheduleName(*app, add->name);
  app->add_option("output", add->job.target,
                  "<graph>.<Output>: movies.TagSet, or movies.movie_tagging.TagSet")
      ->required()
      ->type_name("GRAPH.OUTPUT");
  add->schedule.AddTimes(*app);
  add->job.AddInputs(*app);
  add->schedule.AddPolicies(*app);
  add->job.AddOptions(*app);
  app->footer(
      "In the JSON {{time}}, {{previous_time}} and {{schedule}} stand for the tick, the one "
      "before\n"
      "and the schedule's name; {{time:%Y-%m-%d}} formats it in the schedule's zone.\n\n"
      "protograph schedules add nightly movies.Report --json '{\"day\": \"{{time:%Y-%m-%d}}\"}' "
      "\\\n"
      "  --cron '30 3 * * *' --time-zone Europe/Berlin --missed run-once");
  SetScheduleCommand(*app, context, add, Add);

  AddForEach(schedules, context, "pause", "Lets schedules fire no more; their jobs go on", Pause);
  AddForEach(schedules, context, "resume",
             "Ends pausing; ticks of the time in between are not made up for", Resume);
  AddForEach(schedules, context, "remove", "Removes schedules; their jobs stay", Remove);

  app = schedules.add_subcommand(
      "trigger", "Makes a schedule's job now, whatever its times; prints the job's id");
  const auto trigger = std::make_shared<TriggerCommand>();
  AddScheduleName(*app, trigger->name);
  AddWait(*app, "--wait", trigger->wait,
          "Waits until it has finished, and prints its result as JSON");
  SetScheduleCommand(*app, context, trigger, Trigger);

  app = schedules.add_subcommand(
      "backfill",
      "Makes the jobs of a range of the past, beside those of the schedule; prints the "
      "name of the schedule that does so");
  const auto backfill = std::make_shared<BackfillCommand>();
  AddScheduleName(*app, backfill->name);
  AddTime(*app, "--from", backfill->from, "Ticks from this time on")->required();
  AddTime(*app, "--to", backfill->to, "Ticks before this time")->required();
  app->add_option("--per-minute", backfill->per_minute, "So many jobs a minute at most")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  SetScheduleCommand(*app, context, backfill, MakeBackfill);
}

}  // namespace protograph::cli
