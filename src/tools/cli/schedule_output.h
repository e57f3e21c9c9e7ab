#ifndef PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULE_OUTPUT_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULE_OUTPUT_H_

// Schedules as text and as JSON.

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "protograph/schedule.pb.h"
#include "protograph/store/schedule_store.h"
#include "tools/cli/published_graph.h"

namespace protograph::cli {

// "active", "paused", "problem" where it is paused and nobody has asked for that, "ended".
std::string_view StateOf(const ScheduleRecord& record);

// "Europe/Berlin"; "UTC" where the definition names none.
std::string ZoneName(const ScheduleDefinition& definition);
// "Fri 2026-11-27 03:30:00 +01:00", by the clock of the schedule's zone.
std::string LocalTime(const ScheduleDefinition& definition, absl::Time time);

std::string RecordJson(const ScheduleRecord& record);
// With the definition as it is stored, and the inputs as the graph knows them.
std::string ContentsJson(const ScheduleRecord& record, const KnownGraphs& graphs);

// A line each, with titles.
std::string ScheduleTable(const std::vector<ScheduleRecord>& records, bool no_color);

// When it fires in words, and these ticks: by the zone's clock and in UTC.
std::string TicksText(const ScheduleDefinition& definition, const std::string& words,
                      const std::vector<absl::Time>& ticks);
std::string TicksJson(const ScheduleDefinition& definition, const std::string& words,
                      const std::vector<absl::Time>& ticks);

std::string FiringJson(const FiringRecord& firing);
std::string FiringTable(const ScheduleDefinition& definition,
                        const std::vector<FiringRecord>& firings, bool no_color);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_SCHEDULE_OUTPUT_H_
