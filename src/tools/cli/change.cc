// protograph change.

#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "tools/cli/commands.h"
#include "tools/cli/flags.h"
#include "tools/cli/job_output.h"
#include "tools/cli/submission.h"

namespace protograph::cli {
namespace {

struct ChangeCommand {
  std::string job_id;
  absl::Time at = absl::InfinitePast();
  absl::Duration in = -absl::InfiniteDuration();
  std::optional<int> priority;
  // Its inputs.
  SubmitFlags flags;
};

absl::StatusOr<std::string> NewInputs(const ChangeCommand& command, const Connected& connected) {
  absl::StatusOr<JobContents> contents = connected.client->Contents(command.job_id);
  if (!contents.ok()) return contents.status();
  absl::StatusOr<KnownGraphs> graphs = KnownGraphs::Load(connected.jobs());
  if (!graphs.ok()) return graphs.status();
  const JobRecord& record = contents->record;
  absl::StatusOr<std::vector<GivenInput>> given = command.flags.Inputs();
  if (!given.ok()) return given.status();
  absl::StatusOr<JobInputs> inputs = MakeInputs({.graph = record.graph,
                                                 .output_type = record.output_type,
                                                 .known = graphs->Find(record.graph)},
                                                *given, Templates::kNone);
  if (!inputs.ok()) return inputs.status();
  // The firing that it is of stays.
  JobInputs before;
  if (before.ParseFromString(contents->inputs) && before.has_scheduled()) {
    *inputs->mutable_scheduled() = before.scheduled();
  }
  return inputs->SerializeAsString();
}

absl::StatusOr<ExitCode> Change(const ChangeCommand& command, const Context& context) {
  JobChange change{.priority = command.priority};
  if (command.at != absl::InfinitePast()) change.run_at = command.at;
  if (command.in >= absl::ZeroDuration()) change.run_at = absl::Now() + command.in;
  const bool has_inputs = !command.flags.jsons.empty() || !command.flags.input_types.empty();
  if (!change.run_at.has_value() && !change.priority.has_value() && !has_inputs) {
    return absl::InvalidArgumentError(
        "say what to change: --at or --in, --priority, or --json for its inputs");
  }
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  if (has_inputs) {
    absl::StatusOr<std::string> inputs = NewInputs(command, *connected);
    if (!inputs.ok()) return inputs.status();
    change.inputs = *std::move(inputs);
  }
  if (absl::Status status = connected->jobs().Change(command.job_id, change); !status.ok()) {
    return status;
  }
  absl::StatusOr<JobRecord> record = connected->client->Status(command.job_id);
  if (!record.ok()) return record.status();
  std::cout << Describe(*record) << '\n';
  return ExitCode::kOk;
}

}  // namespace

void AddChange(CLI::App& app, Context& context) {
  CLI::App* const change = app.add_subcommand(
      "change", "Changes a job that waits: when it is due, its priority, its inputs");
  const auto command = std::make_shared<ChangeCommand>();
  change->add_option("job", command->job_id, "The job's id")->required()->type_name("ID");
  CLI::Option* const at =
      AddTime(*change, "--at", command->at, "Due at this time; one in the past: at once");
  AddDuration(*change, "--in", command->in, "Due once so much time has passed")->excludes(at);
  change->add_option("--priority", command->priority,
                     "Larger ones first; each step is worth an hour of waiting");
  command->flags.AddInputs(*change);
  change->footer(
      "protograph change 01980d3c-5a02-7cc1-9d3f-0f2f8ed1a6b4 --in 2h --priority -1\n"
      "protograph change 01980d3c-5a02-7cc1-9d3f-0f2f8ed1a6b4 --json '{\"id\": 604}'");
  change->callback([command, &context] {
    context.command = [command, &context] { return Change(*command, context); };
  });
}

}  // namespace protograph::cli
