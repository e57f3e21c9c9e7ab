#include "options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "examples/common/arguments.h"

namespace movie_tagging {
namespace {

using ::examples::Arguments;
using ::examples::FlagSpec;

constexpr int kMostThreads = 256;
constexpr int kFilmOfDemo = 603;
constexpr absl::Duration kLongestDelay = absl::Minutes(1);

constexpr FlagSpec kAll = {"--all", ""};
constexpr FlagSpec kCatalogue = {"--catalogue", ""};
constexpr FlagSpec kDatabase = {"--database", "a connection, as libpq takes it"};
constexpr FlagSpec kData = {"--data", "the path of a file"};
constexpr FlagSpec kDelay = {"--delay", "a duration from 0 to 1m, such as 5ms"};
constexpr FlagSpec kFlaky = {"--flaky", "a probability from 0 to 1"};
constexpr FlagSpec kHelp = {"--help", ""};
constexpr FlagSpec kJsonl = {"--jsonl", "the path of a file, or - for standard output"};
constexpr FlagSpec kResumeDemo = {"--resume-demo", ""};
constexpr FlagSpec kResumeWorker = {"--resume-worker", ""};
constexpr FlagSpec kSeed = {"--seed", "a whole number from 0 to 4294967295"};
constexpr FlagSpec kThreads = {"--threads", "a whole number from 1 to 256"};
constexpr FlagSpec kFlags[] = {kAll,  kCatalogue, kData,       kDatabase,     kDelay, kFlaky,
                               kHelp, kJsonl,     kResumeDemo, kResumeWorker, kSeed,  kThreads};

// `parse` reads a flag's value and says whether it is sound.
template <class Parse>
absl::Status SetNumber(const Arguments& arguments, const FlagSpec& flag, Parse parse) {
  const std::optional<std::string> text = arguments.Value(flag.name);
  if (!text.has_value() || parse(*text)) return absl::OkStatus();
  return arguments.Misuse(fmt::format("{} needs {}, not '{}'", flag.name, flag.value, *text));
}

absl::Status SetNumbers(const Arguments& arguments, Options& options) {
  absl::Status set = SetNumber(arguments, kFlaky, [&options](const std::string& text) {
    return absl::SimpleAtod(text, &options.flaky) && options.flaky >= 0 && options.flaky <= 1;
  });
  set.Update(SetNumber(arguments, kSeed, [&options](const std::string& text) {
    return absl::SimpleAtoi(text, &options.seed);
  }));
  set.Update(SetNumber(arguments, kDelay, [&options](const std::string& text) {
    return absl::ParseDuration(text, &options.delay) && options.delay >= absl::ZeroDuration() &&
           options.delay <= kLongestDelay;
  }));
  set.Update(SetNumber(arguments, kThreads, [&options](const std::string& text) {
    return absl::SimpleAtoi(text, &options.threads) && options.threads >= 1 &&
           options.threads <= kMostThreads;
  }));
  return set;
}

absl::Status SetMovie(const Arguments& arguments, Options& options) {
  const std::vector<std::string>& positional = arguments.positional();
  if (!options.jsonl.empty() && !options.all) return arguments.Misuse("--jsonl goes with --all");
  if (options.all || options.catalogue) {
    if (positional.empty()) return absl::OkStatus();
    return arguments.Misuse(fmt::format("{} takes every film; leave out '{}'",
                                        options.all ? kAll.name : kCatalogue.name, positional[0]));
  }
  if (options.resume_demo && positional.empty()) {
    options.movie_id = kFilmOfDemo;
    return absl::OkStatus();
  }
  if (positional.size() != 1) {
    return arguments.Misuse(
        "name one film by its number, such as `movie_tagging 603`, or ask for --all");
  }
  int id = 0;
  if (!absl::SimpleAtoi(positional[0], &id) || id < 1) {
    return arguments.Misuse(
        fmt::format("'{}' is no film: write a number from 1 on", positional[0]));
  }
  options.movie_id = id;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(std::span<const std::string> arguments,
                                     const std::string& default_data) {
  const absl::StatusOr<Arguments> parsed = Arguments::Parse("movie_tagging", arguments, kFlags);
  if (!parsed.ok()) return parsed.status();
  Options options;
  options.help = parsed->Has(kHelp.name);
  if (options.help) return options;
  options.all = parsed->Has(kAll.name);
  options.catalogue = parsed->Has(kCatalogue.name);
  options.data = parsed->Value(kData.name).value_or(default_data);
  options.resume_demo = parsed->Has(kResumeDemo.name);
  options.resume_worker = parsed->Has(kResumeWorker.name);
  options.database = parsed->Value(kDatabase.name).value_or("");
  if (options.all && options.catalogue) {
    return parsed->Misuse("--all and --catalogue are two ways to take every film: leave out one");
  }
  if ((options.all || options.catalogue) && options.resume_demo) {
    return parsed->Misuse("--resume-demo shows one film: leave out --all and --catalogue");
  }
  if (!options.database.empty() && !options.resume_demo && !options.resume_worker) {
    return parsed->Misuse("--database goes with --resume-demo");
  }
  options.jsonl = parsed->Value(kJsonl.name).value_or("");
  options.threads_chosen = parsed->Has(kThreads.name);
  options.threads =
      std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads);
  if (absl::Status set = SetNumbers(*parsed, options); !set.ok()) return set;
  if (absl::Status set = SetMovie(*parsed, options); !set.ok()) return set;
  return options;
}

std::string UsageText(const std::string& default_data) {
  return fmt::format(
      "movie_tagging ID            explains how one film is tagged, such as: movie_tagging 603\n"
      "movie_tagging --all         tags every film and prints a summary\n"
      "movie_tagging --catalogue   enriches every film in one execution and sums up by decade and\n"
      "                            director\n"
      "movie_tagging --resume-demo [ID]\n"
      "                            kills a process that tags a film, and lets another go on\n"
      "\n"
      "  --jsonl FILE     with --all: writes the tags of each film as a line of JSON; - is "
      "standard\n"
      "                   output, and sends the summary to standard error\n"
      "  --flaky P        lets the content analyzer fail with this probability (0 to 1), to show\n"
      "                   retries\n"
      "  --seed N         other failures of --flaky; the same seed gives the same failures\n"
      "  --delay D        lets the content analyzer take that long, such as 5ms, as a service far\n"
      "                   away does\n"
      "  --threads N      films in work at once: with --all by default one for each processor, "
      "with\n"
      "                   --catalogue as many as pay\n"
      "  --database C     with --resume-demo: uses this database, such as 'host=db dbname=films',\n"
      "                   in place of a server of its own\n"
      "  --data FILE      reads the films from this CSV file, by default\n"
      "                   {}\n"
      "  --help           prints this\n"
      "\n"
      "Exit status: 0 where everything was tagged, 1 where something failed, 2 where the "
      "arguments\n"
      "are wrong.\n",
      default_data);
}

}  // namespace movie_tagging
