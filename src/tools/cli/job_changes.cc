// protograph cancel, retry.

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "fmt/format.h"
#include "tools/cli/commands.h"
#include "tools/cli/first_fault.h"
#include "tools/cli/flags.h"
#include "tools/cli/paging.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

struct ChangeCommand {
  std::vector<std::string> job_ids;
  bool all_failed = false;
  JobFilter filter;
};

absl::StatusOr<ExitCode> Cancel(const ChangeCommand& command, const Connected& connected) {
  FirstFault faults;
  for (const std::string& job_id : command.job_ids) {
    absl::StatusOr<JobState> state = connected.client->Cancel(job_id);
    faults.Note(job_id, state.status());
    if (!state.ok()) continue;
    const std::string_view done =
        *state == JobState::kRunning ? "running, and asked to stop" : ToString(*state);
    std::cout << job_id << ' ' << done << '\n';
  }
  return faults.code();
}

absl::StatusOr<ExitCode> RetryAllFailed(const ChangeCommand& command, const Connected& connected) {
  int64_t retried = 0;
  int64_t refused = 0;
  Progress progress;
  JobFilter filter = command.filter;
  filter.states = {JobState::kFailed};
  absl::Status status = ForEachJob(*connected.client, filter, [&](const JobRecord& record) {
    absl::Status one = connected.client->Retry(record.job_id);
    if (one.ok()) {
      ++retried;
    } else if (absl::IsUnavailable(one)) {
      return one;
    } else if (!absl::IsNotFound(one)) {
      // Gone or retried by somebody else in the meantime is nobody's fault.
      progress.Clear();
      std::cerr << record.job_id << ": " << std::string(one.message()) << '\n';
      ++refused;
    }
    progress.Show(fmt::format("queued {} again", Count(retried, "job")));
    return absl::OkStatus();
  });
  progress.Clear();
  std::cout << "queued " << Count(retried, "job") << " again\n";
  if (!status.ok()) return status;
  return refused > 0 ? ExitCode::kFailed : ExitCode::kOk;
}

absl::StatusOr<ExitCode> Retry(const ChangeCommand& command, const Connected& connected) {
  if (command.all_failed != command.job_ids.empty()) {
    return absl::InvalidArgumentError("give ids of jobs, or --all-failed");
  }
  if (command.all_failed) return RetryAllFailed(command, connected);
  FirstFault faults;
  for (const std::string& job_id : command.job_ids) {
    absl::Status status = connected.client->Retry(job_id);
    faults.Note(job_id, status);
    if (status.ok()) std::cout << job_id << " queued\n";
  }
  return faults.code();
}

using RunChange = absl::StatusOr<ExitCode> (*)(const ChangeCommand&, const Connected&);

void SetCommand(CLI::App& app, Context& context, std::shared_ptr<ChangeCommand> command,
                RunChange run) {
  app.callback([command = std::move(command), &context, run] {
    context.command = [command, &context, run]() -> absl::StatusOr<ExitCode> {
      absl::StatusOr<Connected> connected = Connect(context);
      if (!connected.ok()) return connected.status();
      return run(*command, *connected);
    };
  });
}

}  // namespace

void AddJobChanges(CLI::App& app, Context& context) {
  auto command = std::make_shared<ChangeCommand>();
  CLI::App* const cancel = app.add_subcommand(
      "cancel", "Cancels jobs: those that wait at once, those that run by asking them to stop");
  cancel->add_option("jobs", command->job_ids, "Their ids")->required()->type_name("ID");
  SetCommand(*cancel, context, command, Cancel);

  command = std::make_shared<ChangeCommand>();
  CLI::App* const retry = app.add_subcommand(
      "retry", "Queues failed and cancelled jobs again; makes scheduled ones due at once");
  retry->add_option("jobs", command->job_ids, "Their ids")->type_name("ID");
  retry->add_flag("--all-failed", command->all_failed, "All that have failed and pass the filters");
  AddFilter(*retry, command->filter, /*with_states=*/false);
  for (CLI::Option* const option : retry->get_options()) {
    const std::string name = option->get_name();
    if (!option->get_positional() && name != "--all-failed" && name != "--help") {
      option->needs("--all-failed");
    }
  }
  SetCommand(*retry, context, command, Retry);
}

}  // namespace protograph::cli
