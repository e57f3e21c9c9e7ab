#include "tools/cli/flags.h"

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace protograph::cli {
namespace {

absl::Duration ParseDuration(const std::string& name, const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration()) {
    throw CLI::ValidationError(
        name, fmt::format("\"{}\" is no duration: write 90s, 15m, 1h30m or inf", text));
  }
  return duration;
}

absl::Time ParseTime(const std::string& name, const std::string& text) {
  absl::Time time;
  std::string error;
  for (const char* const format :
       {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    if (absl::ParseTime(format, text, absl::LocalTimeZone(), &time, &error)) return time;
  }
  throw CLI::ValidationError(
      name, fmt::format("\"{}\" is no time: write 2024-05-01T12:30:00Z, or \"2024-05-01 12:30\" by "
                        "the local clock",
                        text));
}

}  // namespace

CLI::Option* AddDuration(CLI::App& app, const std::string& names, absl::Duration& value,
                         const std::string& description) {
  return app
      .add_option_function<std::string>(
          names, [&value, names](const std::string& text) { value = ParseDuration(names, text); },
          description)
      ->type_name("DURATION");
}

CLI::Option* AddWait(CLI::App& app, const std::string& names, std::optional<absl::Duration>& value,
                     const std::string& description) {
  return app
      .add_option_function<std::vector<std::string>>(
          names,
          [&value, names](const std::vector<std::string>& texts) {
            const bool is_bare = texts.empty() || texts[0].empty();
            value = is_bare ? absl::InfiniteDuration() : ParseDuration(names, texts[0]);
          },
          description)
      ->expected(0, 1)
      ->type_name("[DURATION]");
}

CLI::Option* AddTime(CLI::App& app, const std::string& names, absl::Time& value,
                     const std::string& description) {
  return app
      .add_option_function<std::string>(
          names, [&value, names](const std::string& text) { value = ParseTime(names, text); },
          description)
      ->type_name("TIME");
}

void AddFilter(CLI::App& app, JobFilter& filter, bool with_states) {
  if (with_states) {
    app.add_option_function<std::vector<std::string>>(
           "--state",
           [&filter](const std::vector<std::string>& names) {
             for (const std::string& name : names) {
               const std::optional<JobState> state = ParseJobState(name);
               if (!state.has_value()) {
                 throw CLI::ValidationError(
                     "--state", fmt::format("\"{}\" is no state: scheduled, queued, running, "
                                            "succeeded, failed, cancelled",
                                            name));
               }
               filter.states.push_back(*state);
             }
           },
           "In one of these states")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("STATE");
    CLI::Option* const due_by =
        AddTime(app, "--due-by", filter.due_by, "That wait and are due by this time");
    app.add_option_function<std::string>(
           "--due-in",
           [&filter](const std::string& text) {
             filter.due_by = absl::Now() + ParseDuration("--due-in", text);
           },
           "That wait and are due once so much time has passed; 0s: now")
        ->excludes(due_by)
        ->type_name("DURATION");
  }
  app.add_option("--queue", filter.queue, "Of this queue");
  app.add_option("--graph", filter.graph, "Of this graph");
  app.add_option("--output", filter.output_type, "That make this message, by its full name");
  app.add_option("--tag", filter.tags, "With this tag; may be repeated")->allow_extra_args(false);
  app.add_option("--unique-key", filter.unique_key, "With this unique key");
}

CLI::Option* AddJson(CLI::App& app, bool& json) {
  return app.add_flag("--json", json, "JSON, an object a line");
}

}  // namespace protograph::cli
