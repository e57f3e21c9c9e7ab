// protograph schedules.

#include "tools/cli/schedules.h"

#include "tools/cli/commands.h"

namespace protograph::cli {

absl::StatusOr<ConnectedSchedules> ConnectSchedules(const Context& context) {
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  absl::StatusOr<std::unique_ptr<Schedules>> schedules = Schedules::Make(connected->store);
  if (!schedules.ok()) return schedules.status();
  return ConnectedSchedules{.connected = *std::move(connected), .schedules = *std::move(schedules)};
}

void AddScheduleName(CLI::App& app, std::string& name) {
  app.add_option("schedule", name, "Its name")->required()->type_name("NAME");
}

void AddSchedules(CLI::App& app, Context& context) {
  CLI::App* const schedules = app.add_subcommand(
      "schedules", "Jobs that are made again and again, by a calendar or an interval");
  schedules->require_subcommand(1);
  AddScheduleReaders(*schedules, context);
  AddScheduleChanges(*schedules, context);
}

}  // namespace protograph::cli
