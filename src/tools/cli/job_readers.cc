// protograph status, wait, result, show.

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "tools/cli/commands.h"
#include "tools/cli/flags.h"
#include "tools/cli/job_output.h"
#include "tools/cli/waiting.h"

namespace protograph::cli {
namespace {

struct ReadCommand {
  std::string job_id;
  bool json = false;
  bool binary = false;
  absl::Duration timeout = absl::InfiniteDuration();
};

using RunRead = absl::StatusOr<ExitCode> (*)(const ReadCommand&, const Connected&);

absl::StatusOr<ExitCode> Status(const ReadCommand& command, const Connected& connected) {
  absl::StatusOr<JobRecord> record = connected.client->Status(command.job_id);
  if (!record.ok()) return record.status();
  absl::StatusOr<std::vector<StepProgress>> progress = connected.items().Progress(command.job_id);
  if (!progress.ok()) return progress.status();
  if (command.json) {
    std::cout << RecordJson(*record, *progress) << '\n';
    return ExitCode::kOk;
  }
  std::cout << Describe(*record) << '\n';
  for (const StepProgress& step : *progress) std::cout << Describe(step) << '\n';
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Show(const ReadCommand& command, const Connected& connected) {
  absl::StatusOr<JobContents> contents = connected.client->Contents(command.job_id);
  if (!contents.ok()) return contents.status();
  absl::StatusOr<std::vector<StepProgress>> progress = connected.items().Progress(command.job_id);
  if (!progress.ok()) return progress.status();
  absl::StatusOr<KnownGraphs> graphs = KnownGraphs::Load(connected.jobs());
  if (!graphs.ok()) return graphs.status();
  std::cout << ContentsJson(*contents, *graphs, *progress) << '\n';
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Wait(const ReadCommand& command, const Connected& connected) {
  absl::StatusOr<JobContents> contents =
      WaitWithProgress(connected, command.job_id, command.timeout);
  if (!contents.ok()) return contents.status();
  const JobRecord& record = contents->record;
  std::cout << (command.json ? RecordJson(record) : Describe(record)) << '\n';
  return ExitCodeOf(record.state);
}

absl::StatusOr<ExitCode> Result(const ReadCommand& command, const Connected& connected) {
  absl::StatusOr<JobContents> contents = connected.client->Contents(command.job_id);
  if (!contents.ok()) return contents.status();
  if (!IsFinal(contents->record.state)) {
    return absl::FailedPreconditionError(
        fmt::format("job {} has no result yet: {}; see `protograph wait`", command.job_id,
                    Describe(contents->record)));
  }
  if (command.binary && contents->record.state == JobState::kSucceeded) {
    std::cout << contents->result;
    return ExitCode::kOk;
  }
  absl::StatusOr<KnownGraphs> graphs = KnownGraphs::Load(connected.jobs());
  if (!graphs.ok()) return graphs.status();
  return PrintOutcome(*contents, *graphs);
}

CLI::App* AddReader(CLI::App& app, Context& context, const std::string& name,
                    const std::string& description, const std::shared_ptr<ReadCommand>& command,
                    RunRead run) {
  CLI::App* const reader = app.add_subcommand(name, description);
  reader->add_option("job", command->job_id, "The job's id")->required()->type_name("ID");
  reader->callback([command, &context, run] {
    context.command = [command, &context, run]() -> absl::StatusOr<ExitCode> {
      absl::StatusOr<Connected> connected = Connect(context);
      if (!connected.ok()) return connected.status();
      return run(*command, *connected);
    };
  });
  return reader;
}

}  // namespace

void AddJobReaders(CLI::App& app, Context& context) {
  auto command = std::make_shared<ReadCommand>();
  CLI::App* reader = AddReader(app, context, "status", "Says what state a job is in, and how far",
                               command, Status);
  AddJson(*reader, command->json);

  command = std::make_shared<ReadCommand>();
  reader = AddReader(app, context, "wait", "Waits until a job has finished", command, Wait);
  AddDuration(*reader, "--timeout", command->timeout, "For so long at most; then exit code 5");
  AddJson(*reader, command->json);

  command = std::make_shared<ReadCommand>();
  reader =
      AddReader(app, context, "result", "Prints the message that a job has made", command, Result);
  CLI::Option* const json = reader->add_flag("--json", command->json, "As JSON; so it is anyway");
  reader->add_flag("--binary", command->binary, "Its bytes")->excludes(json);

  command = std::make_shared<ReadCommand>();
  reader = AddReader(app, context, "show",
                     "Prints all that is known of a job, its inputs and its result, as JSON",
                     command, Show);
  AddJson(*reader, command->json)->description("So it is anyway");
}

}  // namespace protograph::cli
