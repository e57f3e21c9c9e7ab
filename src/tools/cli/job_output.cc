#include "tools/cli/job_output.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include "protograph/job.pb.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

constexpr int64_t kBarLength = 20;

std::string Code(int error_code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(error_code));
}

std::string Since(absl::Time time) { return ShortDuration(absl::Now() - time) + " ago"; }

// "in 2h", "3m ago"; of jobs that wait.
std::string Due(const JobRecord& record) {
  const bool waits = record.state == JobState::kScheduled || record.state == JobState::kQueued;
  if (!waits || !record.run_at.has_value()) return "-";
  const absl::Time now = absl::Now();
  return *record.run_at > now ? "in " + ShortDuration(*record.run_at - now) : Since(*record.run_at);
}

void WriteTime(const char* key, const std::optional<absl::Time>& time, JsonWriter& json) {
  if (time.has_value()) json.Key(key).Time(*time);
}

void WriteText(const char* key, const std::string& text, JsonWriter& json) {
  if (!text.empty()) json.Key(key).String(text);
}

void WriteProgress(std::span<const StepProgress> progress, JsonWriter& json) {
  if (progress.empty()) return;
  json.Key("progress").BeginArray();
  for (const StepProgress& step : progress) {
    json.BeginObject().Key("step").String(step.step);
    json.Key("total").Int(step.total).Key("done").Int(step.done);
    json.Key("failed").Int(step.failed).Key("running").Int(step.running).EndObject();
  }
  json.EndArray();
}

// "AnalyzeContent: UNAVAILABLE: busy".
std::string Reason(const JobRecord& record) {
  if (record.error_code == 0 && record.error.empty()) return "";
  const std::string step = record.failed_step.empty() ? "" : record.failed_step + ": ";
  return fmt::format("{}{}: {}", step, Code(record.error_code), record.error);
}

Color ColorOf(JobState state) {
  switch (state) {
    case JobState::kSucceeded:
      return Color::kGreen;
    case JobState::kFailed:
      return Color::kRed;
    case JobState::kCancelled:
      return Color::kYellow;
    default:
      return Color::kNone;
  }
}

}  // namespace

void WriteFields(const JobRecord& record, JsonWriter& json) {
  json.Key("id").String(record.job_id);
  WriteText("parent", record.parent_id, json);
  json.Key("state").String(ToString(record.state));
  json.Key("queue").String(record.queue);
  json.Key("graph").String(record.graph);
  json.Key("output").String(record.output_type);
  json.Key("priority").Int(record.priority);
  json.Key("attempt").Int(record.attempt);
  json.Key("max_attempts").Int(record.max_attempts);
  if (record.crashes > 0) json.Key("crashes").Int(record.crashes);
  if (record.cancel_requested) json.Key("cancel_requested").Bool(true);
  WriteText("unique_key", record.unique_key, json);
  WriteText("concurrency_key", record.concurrency_key, json);
  json.Key("tags").BeginArray();
  for (const std::string& tag : record.tags) json.String(tag);
  json.EndArray();
  json.Key("metadata").Json(record.metadata.empty() ? "{}" : record.metadata);
  json.Key("submitted_at").Time(record.submitted_at);
  WriteTime("run_at", record.run_at, json);
  WriteTime("started_at", record.started_at, json);
  WriteTime("finished_at", record.finished_at, json);
  WriteText("worker", record.owner_id, json);
  if (record.error_code != 0 || !record.error.empty()) {
    json.Key("error").BeginObject();
    json.Key("code").String(Code(record.error_code));
    json.Key("message").String(record.error);
    WriteText("step", record.failed_step, json);
    json.EndObject();
  }
}

std::string RecordJson(const JobRecord& record, std::span<const StepProgress> progress) {
  JsonWriter json;
  json.BeginObject();
  WriteFields(record, json);
  WriteProgress(progress, json);
  return json.EndObject().text();
}

std::string ContentsJson(const JobContents& contents, const KnownGraphs& graphs,
                         std::span<const StepProgress> progress) {
  const JobRecord& record = contents.record;
  const KnownGraph* const graph = graphs.Find(record.graph);
  JsonWriter json;
  json.BeginObject();
  WriteFields(record, json);
  WriteProgress(progress, json);
  json.Key("inputs").BeginArray();
  JobInputs inputs;
  if (inputs.ParseFromString(contents.inputs)) {
    for (const JobInput& input : inputs.inputs()) {
      const bool is_json = input.content_case() == JobInput::kJson;
      json.BeginObject().Key("type").String(input.type()).Key("value");
      json.Json(is_json ? input.json() : PayloadJson(graph, input.type(), input.message()));
      json.EndObject();
    }
  }
  json.EndArray();
  if (record.state == JobState::kSucceeded) {
    json.Key("result").Json(PayloadJson(graph, record.output_type, contents.result));
  }
  return json.EndObject().text();
}

std::string JobTable(const std::vector<JobRecord>& records, bool no_color) {
  Table table({"ID", "STATE", "QUEUE", "JOB", "ATTEMPT", "SUBMITTED", "DUE", "REASON"});
  for (const JobRecord& record : records) {
    const Color color = ColorOf(record.state);
    table.Add({record.job_id, std::string(ToString(record.state)), record.queue,
               fmt::format("{}.{}", record.graph, ShortName(record.output_type)),
               fmt::format("{}/{}", record.attempt, record.max_attempts),
               Since(record.submitted_at), Due(record), OneLine(Reason(record))},
              [color, no_color](size_t column, const std::string& cell) {
                return Colored(cell, column == 1 ? color : Color::kNone, no_color);
              });
  }
  return table.ToText();
}

std::string Describe(const JobRecord& record) {
  const std::string attempt = fmt::format("attempt {} of {}", record.attempt, record.max_attempts);
  std::string text(ToString(record.state));
  switch (record.state) {
    case JobState::kScheduled: {
      const absl::Duration left = record.run_at.value_or(absl::Now()) - absl::Now();
      text += fmt::format(", due in {}", ShortDuration(left));
      if (record.attempt > 0) text += fmt::format(", after {}", attempt);
      break;
    }
    case JobState::kQueued:
      text += fmt::format(" in {}, since {}", record.queue,
                          ShortDuration(absl::Now() - record.run_at.value_or(absl::Now())));
      break;
    case JobState::kRunning:
      text += fmt::format(", {}, since {}", attempt,
                          ShortDuration(absl::Now() - record.started_at.value_or(absl::Now())));
      if (record.owner_id.empty()) text += ", waits for its items";
      if (record.cancel_requested) text += ", asked to stop";
      break;
    case JobState::kSucceeded:
    case JobState::kFailed:
    case JobState::kCancelled:
      if (record.finished_at.has_value()) text += " " + Since(*record.finished_at);
      if (record.attempt > 0) text += fmt::format(", {}", attempt);
      break;
  }
  if (!record.parent_id.empty()) text += "; has items of job " + record.parent_id;
  const std::string reason = Reason(record);
  if (!reason.empty() && record.state != JobState::kSucceeded) {
    text += fmt::format("; {}: {}", IsFinal(record.state) ? "reason" : "last error",
                        OneLine(reason, 2000));
  }
  return text;
}

std::string Describe(const StepProgress& step) {
  std::string text = fmt::format("{} {}/{}", OneLine(step.step), step.done, step.total);
  if (step.total > 0) text += fmt::format(" ({}%)", 100 * step.done / step.total);
  if (step.failed > 0) text += fmt::format(", {} failed", step.failed);
  if (step.running > 0) text += fmt::format(", {} running", step.running);
  return text;
}

std::string Describe(std::span<const StepProgress> progress) {
  return absl::StrJoin(progress, "; ", [](std::string* text, const StepProgress& step) {
    text->append(Describe(step));
  });
}

std::string ProgressBar(std::span<const StepProgress> progress) {
  int64_t total = 0;
  int64_t done = 0;
  for (const StepProgress& step : progress) {
    total += step.total;
    done += step.done;
  }
  const int64_t full =
      total == 0 ? 0 : std::clamp<int64_t>(kBarLength * done / total, 0, kBarLength);
  return fmt::format("[{}{}] {}", std::string(static_cast<size_t>(full), '#'),
                     std::string(static_cast<size_t>(kBarLength - full), '-'), Describe(progress));
}

}  // namespace protograph::cli
