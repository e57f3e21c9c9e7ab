// protograph: the command line of the job queue.

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "absl/status/status.h"
#include "tools/cli/commands.h"
#include "tools/cli/context.h"
#include "tools/cli/exit_code.h"

namespace protograph::cli {
namespace {

void AddGlobalOptions(CLI::App& app, Context& context) {
  app.add_option("--database", context.database,
                 "The database, as libpq takes it; without it, what PGHOST, PGDATABASE and so on "
                 "say")
      ->envname("PROTOGRAPH_DATABASE")
      ->type_name("CONNECTION");
  app.add_option("--schema", context.schema, "The schema that Protograph has there")
      ->capture_default_str()
      ->envname("PROTOGRAPH_SCHEMA")
      ->type_name("NAME");
  app.add_flag("--no-color", context.no_color, "No colours, on a terminal neither");
  app.set_version_flag("--version", PROTOGRAPH_VERSION);
}

ExitCode Run(int argc, char** argv) {
  CLI::App app("Submits jobs to Protograph's queues, and looks after them.", "protograph");
  Context context;
  context.program = argv[0];
  // Asked for below: first comes what is wrong with the one that was given.
  app.require_subcommand(0, 1);
  // Global options may stand behind the command too.
  app.fallthrough();
  AddGlobalOptions(app, context);
  // Of the commands too, which inherit it where they have none of their own.
  app.footer(kExitCodes);
  AddSubmit(app, context);
  AddJobReaders(app, context);
  AddJobChanges(app, context);
  AddChange(app, context);
  AddJobs(app, context);
  AddSchedules(app, context);
  AddQueues(app, context);
  AddWorkers(app, context);
  AddMigrate(app, context);
  AddDoctor(app, context);
  AddDev(app, context);
  AddCompletion(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
  if (context.command == nullptr) {
    std::cerr << app.help();
    return ExitCode::kUsage;
  }
  absl::StatusOr<ExitCode> code = context.command();
  if (code.ok()) return *code;
  PrintError(code.status());
  return ExitCodeOf(code.status());
}

}  // namespace
}  // namespace protograph::cli

int main(int argc, char** argv) {
  try {
    return static_cast<int>(protograph::cli::Run(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return static_cast<int>(protograph::cli::ExitCode::kFailed);
  }
}
