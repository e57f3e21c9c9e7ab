#include "tools/cli/schedule_flags.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "protograph/job.pb.h"
#include "tools/cli/flags.h"

namespace protograph::cli {
namespace {

template <class Enum>
using Choice = std::pair<std::string_view, Enum>;

constexpr std::array<Choice<MissedTicks>, 4> kMissed = {{{"skip", MissedTicks::kSkip},
                                                         {"run-once", MissedTicks::kRunOnce},
                                                         {"run-all", MissedTicks::kRunAll},
                                                         {"run-window", MissedTicks::kRunWindow}}};
constexpr std::array<Choice<Overlap>, 4> kOverlap = {{{"allow", Overlap::kAllow},
                                                      {"skip", Overlap::kSkip},
                                                      {"queue-one", Overlap::kQueueOne},
                                                      {"cancel-running", Overlap::kCancelRunning}}};

// One of some words.
template <class Enum, size_t kCount>
void AddChoice(CLI::App& app, const std::string& name, Enum& value,
               const std::array<Choice<Enum>, kCount>& choices, const std::string& description) {
  std::vector<std::string> words;
  for (const Choice<Enum>& choice : choices) words.emplace_back(choice.first);
  app.add_option_function<std::string>(
         name,
         [&value, &choices](const std::string& word) {
           value = std::find_if(choices.begin(), choices.end(), [&](const Choice<Enum>& choice) {
                     return choice.first == word;
                   })->second;
         },
         description)
      ->check(CLI::IsMember(words))
      ->type_name("POLICY");
}

}  // namespace

void ScheduleFlags::AddTimes(CLI::App& app) {
  CLI::Option* const cron =
      app.add_option("--cron", schedule_.cron,
                     "When: minute, hour, day of month, month and day of week, such as "
                     "'30 3 * * MON-FRI'; six fields begin with the second; @hourly, @daily ...")
          ->type_name("EXPRESSION");
  app.add_option("--time-zone", schedule_.time_zone, "Of the expression: Europe/Berlin, say")
      ->capture_default_str()
      ->type_name("ZONE");
  CLI::Option* const every =
      AddDuration(app, "--every", schedule_.interval, "Or so often, at least a second")
          ->excludes(cron);
  AddTime(app, "--anchor", schedule_.anchor, "With --every: counted from this time [1970]")
      ->needs(every);
  AddTime(app, "--start", schedule_.start, "It does not fire before");
  AddTime(app, "--end", schedule_.end, "It does not fire after");
}

void ScheduleFlags::AddPolicies(CLI::App& app) {
  AddDuration(app, "--jitter", schedule_.jitter,
              "Each job is due a random time later that is shorter than this");
  app.add_option("--most-runs", schedule_.most_runs, "It ends after so many jobs; 0: never")
      ->check(CLI::NonNegativeNumber);
  AddChoice(app, "--missed", schedule_.missed, kMissed,
            "What becomes of ticks while no worker was there: skip, run-once (the last), run-all, "
            "or run-window (those not older than --missed-window) [skip]");
  AddDuration(app, "--missed-window", schedule_.missed_window, "With --missed run-window");
  AddChoice(app, "--overlap", schedule_.overlap, kOverlap,
            "What happens while an earlier job has not finished: allow, skip, queue-one, or "
            "cancel-running [skip]");
  app.add_option("--pause-after-failures", schedule_.pause_after_failures,
                 "It pauses itself once so many jobs have failed in a row; 0: never")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
}

bool ScheduleFlags::has_times() const {
  return !schedule_.cron.empty() || schedule_.interval > absl::ZeroDuration();
}

absl::StatusOr<ScheduleDefinition> ScheduleFlags::TimesAlone() const {
  JobInputs inputs;
  JobInput& input = *inputs.add_inputs();
  input.set_type("any.Input");
  input.set_json("{}");
  return MakeScheduleDefinition("any", "any.Output", inputs, schedule_);
}

}  // namespace protograph::cli
