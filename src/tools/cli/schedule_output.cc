#include "tools/cli/schedule_output.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "protograph/job.pb.h"
#include "protograph/jobs/schedules.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

absl::TimeZone ZoneOf(const ScheduleDefinition& definition) {
  absl::TimeZone zone;
  absl::LoadTimeZone(ZoneName(definition), &zone);  // UTC where there is none of this name
  return zone;
}

void WriteTime(const char* key, const std::optional<absl::Time>& time, JsonWriter& json) {
  if (time.has_value()) json.Key(key).Time(*time);
}

void WriteText(const char* key, const std::string& text, JsonWriter& json) {
  if (!text.empty()) json.Key(key).String(text);
}

// "30 3 * * *", "every 15m".
std::string When(const ScheduleDefinition& definition) {
  if (definition.has_backfill()) return "backfill of " + definition.backfill().schedule();
  if (!definition.cron().empty()) return definition.cron();
  const google::protobuf::Duration& interval = definition.interval();
  return "every " + absl::FormatDuration(absl::Seconds(interval.seconds()) +
                                         absl::Nanoseconds(interval.nanos()));
}

std::string Time(const ScheduleDefinition& definition, const std::optional<absl::Time>& time) {
  return time.has_value() ? LocalTime(definition, *time) : "-";
}

Color ColorOf(std::string_view state) {
  if (state == "problem") return Color::kRed;
  if (state == "paused") return Color::kYellow;
  return state == "ended" ? Color::kDim : Color::kNone;
}

void WriteFields(const ScheduleRecord& record, JsonWriter& json) {
  const ScheduleDefinition& definition = record.definition;
  json.Key("schedule").String(record.name);
  json.Key("state").String(StateOf(record));
  WriteText("problem", record.problem, json);
  json.Key("when").String(When(definition));
  const absl::StatusOr<std::string> words = DescribeTicks(definition);
  if (words.ok()) json.Key("in_words").String(*words);
  json.Key("time_zone").String(ZoneName(definition));
  json.Key("graph").String(definition.graph());
  json.Key("output").String(definition.output_type());
  json.Key("queue").String(definition.queue().empty() ? kDefaultQueue : definition.queue());
  WriteText("source", record.source, json);
  json.Key("planned").Bool(record.is_planned);
  WriteTime("next_tick", record.next_tick, json);
  WriteTime("last_tick", record.last_tick, json);
  WriteTime("pending_tick", record.pending_tick, json);
  WriteText("last_job", record.last_job_id, json);
  if (!record.last_job_id.empty()) json.Key("last_job_is_live").Bool(record.is_last_job_live);
  json.Key("runs").Int(record.runs);
  json.Key("missed").Int(record.missed);
  json.Key("overlapped").Int(record.overlapped);
  json.Key("failures_in_a_row").Int(record.failures_in_a_row);
  json.Key("changed_at").Time(record.changed_at);
}

}  // namespace

std::string_view StateOf(const ScheduleRecord& record) {
  if (record.is_paused) return record.problem.empty() ? "paused" : "problem";
  const int64_t most_runs = record.definition.most_runs();
  const bool has_run_out = most_runs > 0 && record.runs >= most_runs;
  const bool has_more = record.next_tick.has_value() || record.pending_tick.has_value();
  return has_run_out || (record.is_planned && !has_more) ? "ended" : "active";
}

std::string ZoneName(const ScheduleDefinition& definition) {
  return definition.time_zone().empty() ? "UTC" : definition.time_zone();
}

std::string LocalTime(const ScheduleDefinition& definition, absl::Time time) {
  return absl::FormatTime("%a %Y-%m-%d %H:%M:%E*S %Ez", time, ZoneOf(definition));
}

std::string RecordJson(const ScheduleRecord& record) {
  JsonWriter json;
  json.BeginObject();
  WriteFields(record, json);
  return json.EndObject().text();
}

std::string ContentsJson(const ScheduleRecord& record, const KnownGraphs& graphs) {
  const ScheduleDefinition& definition = record.definition;
  const KnownGraph* const graph = graphs.Find(definition.graph());
  JsonWriter json;
  json.BeginObject();
  WriteFields(record, json);
  json.Key("inputs").BeginArray();
  for (const JobInput& input : definition.inputs().inputs()) {
    const bool is_json = input.content_case() == JobInput::kJson;
    json.BeginObject().Key("type").String(input.type()).Key("value");
    json.Json(is_json ? input.json() : PayloadJson(graph, input.type(), input.message()));
    json.EndObject();
  }
  json.EndArray();
  std::string stored;
  if (google::protobuf::util::MessageToJsonString(definition, &stored).ok()) {
    json.Key("definition").Json(stored);
  }
  return json.EndObject().text();
}

std::string ScheduleTable(const std::vector<ScheduleRecord>& records, bool no_color) {
  Table table({"NAME", "WHEN", "ZONE", "NEXT", "LAST", "RUNS", "MISSED", "OVERLAPPED", "STATE"});
  constexpr size_t kStateColumn = 8;
  for (const ScheduleRecord& record : records) {
    const std::string_view state = StateOf(record);
    const auto number = [](int64_t count) { return fmt::format("{}", count); };
    table.Add(
        {record.name, When(record.definition), ZoneName(record.definition),
         record.is_paused || StateOf(record) == "ended" ? "-"
                                                        : Time(record.definition, record.next_tick),
         Time(record.definition, record.last_tick), number(record.runs), number(record.missed),
         number(record.overlapped),
         record.problem.empty() ? std::string(state)
                                : fmt::format("{}: {}", state, OneLine(record.problem))},
        [color = ColorOf(state), no_color](size_t column, const std::string& cell) {
          return Colored(cell, column == kStateColumn ? color : Color::kNone, no_color);
        });
  }
  return table.ToText();
}

std::string TicksText(const ScheduleDefinition& definition, const std::string& words,
                      const std::vector<absl::Time>& ticks) {
  if (ticks.empty()) return OneLine(words, 2000) + "\nnever again\n";
  Table table({absl::AsciiStrToUpper(ZoneName(definition)), "UTC"});
  for (const absl::Time tick : ticks) {
    table.Add({LocalTime(definition, tick),
               absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", tick, absl::UTCTimeZone())});
  }
  return OneLine(words, 2000) + "\n" + table.ToText();
}

std::string TicksJson(const ScheduleDefinition& definition, const std::string& words,
                      const std::vector<absl::Time>& ticks) {
  JsonWriter json;
  json.BeginObject();
  json.Key("in_words").String(words);
  json.Key("time_zone").String(ZoneName(definition));
  json.Key("ticks").BeginArray();
  for (const absl::Time tick : ticks) {
    json.BeginObject().Key("local");
    json.String(absl::FormatTime(absl::RFC3339_full, tick, ZoneOf(definition)));
    json.Key("utc").Time(tick).EndObject();
  }
  return json.EndArray().EndObject().text();
}

std::string FiringJson(const FiringRecord& firing) {
  JsonWriter json;
  json.BeginObject();
  json.Key("schedule").String(firing.schedule);
  json.Key("tick").Time(firing.tick);
  json.Key("outcome").String(ToString(firing.outcome));
  WriteText("job", firing.job_id, json);
  json.Key("fired_at").Time(firing.fired_at);
  WriteText("worker", firing.owner_id, json);
  return json.EndObject().text();
}

std::string FiringTable(const ScheduleDefinition& definition,
                        const std::vector<FiringRecord>& firings, bool no_color) {
  Table table({"TICK", "OUTCOME", "JOB", "FIRED", "BY"});
  for (const FiringRecord& firing : firings) {
    const bool is_fired = firing.outcome == FiringOutcome::kFired;
    table.Add({LocalTime(definition, firing.tick), std::string(ToString(firing.outcome)),
               firing.job_id.empty() ? "-" : firing.job_id,
               ShortDuration(absl::Now() - firing.fired_at) + " ago",
               firing.owner_id.empty() ? "a client" : firing.owner_id},
              [is_fired, no_color](size_t column, const std::string& cell) {
                const bool is_mark = column == 1 && !is_fired;
                return Colored(cell, is_mark ? Color::kYellow : Color::kNone, no_color);
              });
  }
  return table.ToText();
}

}  // namespace protograph::cli
