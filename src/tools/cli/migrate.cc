// protograph migrate.

#include <iostream>
#include <memory>

#include "fmt/format.h"
#include "tools/cli/commands.h"

namespace protograph::cli {
namespace {

absl::StatusOr<ExitCode> Run(bool only_check, const Context& context) {
  absl::StatusOr<std::unique_ptr<SqlSession>> session = context.OpenSession();
  if (!session.ok()) return session.status();
  absl::StatusOr<SchemaVersion> version = ReadSchemaVersion(**session);
  if (!version.ok()) return version.status();
  const auto say = [&](int number, const char* what) {
    std::cout << fmt::format("schema {} has version {}, {}\n", context.schema, number, what);
  };
  if (only_check && version->applied != version->needed) {
    say(version->applied, fmt::format("this program needs {}", version->needed).c_str());
    return ExitCode::kFailed;
  }
  if (!only_check) {
    // Opening migrates, and refuses what is newer.
    absl::StatusOr<std::shared_ptr<PostgresStore>> store =
        PostgresStore::Open({.connection = context.database, .schema = context.schema});
    if (!store.ok()) return store.status();
  }
  say(version->needed, version->applied == version->needed
                           ? "and is up to date"
                           : fmt::format("was {}", version->applied).c_str());
  return ExitCode::kOk;
}

}  // namespace

void AddMigrate(CLI::App& app, Context& context) {
  CLI::App* const migrate =
      app.add_subcommand("migrate", "Makes the schema and its tables, or brings them up to date");
  const auto only_check = std::make_shared<bool>(false);
  migrate->add_flag("--check", *only_check, "Changes nothing; exit code 1 where there is to do");
  migrate->callback([only_check, &context] {
    context.command = [only_check, &context] { return Run(*only_check, context); };
  });
}

}  // namespace protograph::cli
