#ifndef PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULES_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULES_H_

// What the commands under `protograph schedules` share.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "protograph/jobs/schedules.h"
#include "tools/cli/context.h"

namespace protograph::cli {

// list, show, next, firings.
void AddScheduleReaders(CLI::App& schedules, Context& context);
// add, pause, resume, remove, trigger, backfill.
void AddScheduleChanges(CLI::App& schedules, Context& context);

// The schedule that a command is about.
void AddScheduleName(CLI::App& app, std::string& name);

struct ConnectedSchedules {
  Connected connected;
  std::unique_ptr<Schedules> schedules;
};
absl::StatusOr<ConnectedSchedules> ConnectSchedules(const Context& context);

// Lets the command line run `run(*command, connected)`.
template <class Command>
void SetScheduleCommand(CLI::App& app, Context& context, std::shared_ptr<Command> command,
                        absl::StatusOr<ExitCode> (*run)(const Command&,
                                                        const ConnectedSchedules&)) {
  app.callback([command = std::move(command), &context, run] {
    context.command = [command, &context, run]() -> absl::StatusOr<ExitCode> {
      absl::StatusOr<ConnectedSchedules> connected = ConnectSchedules(context);
      if (!connected.ok()) return connected.status();
      return run(*command, *connected);
    };
  });
}

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULES_H_
