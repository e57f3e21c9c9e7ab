#include "schedules/scheduled_job.h"

#include <utility>

#include "fmt/format.h"
#include "schedules/proto_time.h"

namespace protograph::internal {
namespace {

constexpr std::string_view kStandardFormat = "%Y-%m-%dT%H:%M:%E*SZ";

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      escaped.push_back('\\');
      escaped.push_back(c);
    } else if (static_cast<unsigned char>(c) < ' ') {
      escaped.append(fmt::format("\\u{:04x}", static_cast<int>(c)));
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

// What stands between the braces, without spaces around it.
std::optional<std::string> ValueOf(std::string_view what, const Tick& tick, absl::TimeZone zone) {
  const size_t colon = what.find(':');
  const std::string_view name = what.substr(0, colon);
  if (name == "schedule" && colon == std::string_view::npos) return tick.schedule;
  std::optional<absl::Time> time;
  if (name == "time") {
    time = tick.time;
  } else if (name == "previous_time") {
    // The first tick has none before it.
    if (!tick.previous_time.has_value()) return std::string();
    time = tick.previous_time;
  }
  if (!time.has_value()) return std::nullopt;
  if (colon == std::string_view::npos) {
    return absl::FormatTime(absl::string_view(kStandardFormat.data(), kStandardFormat.size()),
                            *time, absl::UTCTimeZone());
  }
  const std::string_view format = what.substr(colon + 1);
  return absl::FormatTime(absl::string_view(format.data(), format.size()), *time, zone);
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

absl::StatusOr<std::string> ExpandTemplate(std::string_view text, const Tick& tick,
                                           absl::TimeZone zone) {
  std::string expanded;
  while (true) {
    const size_t begin = text.find("{{");
    expanded.append(text.substr(0, begin));
    if (begin == std::string_view::npos) return expanded;
    const size_t end = text.find("}}", begin);
    // Braces of nested JSON objects that are no placeholder's.
    const bool is_json =
        end == std::string_view::npos ||
        text.substr(begin, end - begin).find_first_of("\"\n") != std::string_view::npos;
    if (is_json) {
      expanded.append("{");
      text.remove_prefix(begin + 1);
      continue;
    }
    const std::string_view what = Trimmed(text.substr(begin + 2, end - begin - 2));
    const std::optional<std::string> value = ValueOf(what, tick, zone);
    if (!value.has_value()) {
      return absl::InvalidArgumentError(
          fmt::format("{{{{{}}}}} in an input means nothing: there are {{{{time}}}}, "
                      "{{{{previous_time}}}}, both with a format ({{{{time:%Y-%m-%d}}}}), and "
                      "{{{{schedule}}}}",
                      what));
    }
    expanded.append(Escaped(*value));
    text.remove_prefix(end + 2);
  }
}

absl::StatusOr<JobSubmission> JobOf(const ScheduleDefinition& definition, const Tick& tick,
                                    absl::TimeZone zone, absl::Duration delay) {
  JobInputs inputs = definition.inputs();
  for (JobInput& input : *inputs.mutable_inputs()) {
    if (input.content_case() != JobInput::kJson) continue;
    absl::StatusOr<std::string> json = ExpandTemplate(input.json(), tick, zone);
    if (!json.ok()) return json.status();
    input.set_json(*std::move(json));
  }
  ScheduledRun& run = *inputs.mutable_scheduled();
  run.set_schedule(tick.schedule);
  *run.mutable_time() = TimestampOf(tick.time);
  if (tick.previous_time.has_value()) {
    *run.mutable_previous_time() = TimestampOf(*tick.previous_time);
  }
  JobSubmission job = {.job_id = {},
                       .graph = definition.graph(),
                       .output_type = definition.output_type(),
                       .inputs = inputs.SerializeAsString(),
                       .priority = definition.priority(),
                       .run_at = tick.time + delay,
                       .max_attempts = 5,
                       .timeout = absl::Hours(1),
                       .concurrency_key = definition.concurrency_key(),
                       .tags = {definition.tags().begin(), definition.tags().end()},
                       .metadata = definition.metadata()};
  if (!definition.queue().empty()) job.queue = definition.queue();
  if (definition.attempts() != 0) job.max_attempts = definition.attempts();
  if (definition.has_backoff()) job.backoff = DurationOf(definition.backoff());
  if (definition.has_longest_backoff()) {
    job.longest_backoff = DurationOf(definition.longest_backoff());
  }
  if (definition.has_timeout()) job.timeout = DurationOf(definition.timeout());
  return job;
}

}  // namespace protograph::internal
