#ifndef PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULE_FLAGS_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULE_FLAGS_H_

// From a command line to schedules.

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "protograph/jobs/schedules.h"
#include "protograph/schedule.pb.h"

namespace protograph::cli {

class ScheduleFlags {
 public:
  // --cron, --time-zone, --every and so on: when it fires.
  void AddTimes(CLI::App& app);
  // --jitter, --missed, --overlap and so on: what becomes of its ticks.
  void AddPolicies(CLI::App& app);

  // Whether --cron or --every was given.
  bool has_times() const;
  // Without its job.
  const Schedule& schedule() const { return schedule_; }
  // One that fires at these times and makes no job that anybody could do: to look at its ticks.
  // kInvalidArgument for what is no schedule.
  absl::StatusOr<ScheduleDefinition> TimesAlone() const;

 private:
  Schedule schedule_;
};

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULE_FLAGS_H_
