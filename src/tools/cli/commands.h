#ifndef PROTOGRAPH_SRC_TOOLS_CLI_COMMANDS_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_COMMANDS_H_

// The commands, a function for each group of them: adds them to the command line. Reading the
// command line sets Context::command.

#include <CLI/CLI.hpp>

#include "tools/cli/context.h"

namespace protograph::cli {

void AddSubmit(CLI::App& app, Context& context);
// status, wait, result, show.
void AddJobReaders(CLI::App& app, Context& context);
// cancel, retry.
void AddJobChanges(CLI::App& app, Context& context);
void AddChange(CLI::App& app, Context& context);
void AddJobs(CLI::App& app, Context& context);
void AddSchedules(CLI::App& app, Context& context);
// queues, pause, resume, drain, limit.
void AddQueues(CLI::App& app, Context& context);
// workers, graphs.
void AddWorkers(CLI::App& app, Context& context);
void AddMigrate(CLI::App& app, Context& context);
void AddDoctor(CLI::App& app, Context& context);
void AddDev(CLI::App& app, Context& context);
void AddCompletion(CLI::App& app, Context& context);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_COMMANDS_H_
