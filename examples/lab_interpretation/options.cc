#include "options.h"

#include <getopt.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analytes.h"

namespace lab_interpretation {
namespace {

enum FlagId : int { kAll = 1, kData, kHelp, kJsonl };

constexpr option kFlags[] = {
    {"all", no_argument, nullptr, kAll},
    {"data", required_argument, nullptr, kData},
    {"help", no_argument, nullptr, kHelp},
    {"jsonl", required_argument, nullptr, kJsonl},
    {nullptr, 0, nullptr, 0},
};

absl::Status Misuse(const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(what, " (see lab_interpretation --help)"));
}

absl::StatusOr<TestId> ParseVisit(const std::string& patient, const std::string& day) {
  std::int32_t patient_number = 0;
  std::int32_t day_number = 0;
  if (!absl::SimpleAtoi(patient, &patient_number) || patient_number < 1) {
    return Misuse(absl::StrCat("'", patient, "' is no patient: write a number from 1 on"));
  }
  if (!absl::SimpleAtoi(day, &day_number) || day_number < 0) {
    return Misuse(absl::StrCat("'", day, "' is no day: write a number from 0 on"));
  }
  TestId id;
  id.set_patient(patient_number);
  id.set_day(day_number);
  return id;
}

absl::Status SetFlag(FlagId flag, const std::string& value, Options& options) {
  switch (flag) {
    case kAll:
      options.all = true;
      break;
    case kHelp:
      options.help = true;
      break;
    case kData:
      if (value.empty()) return Misuse("--data needs the path of a file");
      options.data = value;
      break;
    case kJsonl:
      if (value.empty()) {
        return Misuse("--jsonl needs the path of a file, or - for standard output");
      }
      options.jsonl = value;
      break;
  }
  return absl::OkStatus();
}

absl::Status SetVisit(std::span<const std::string> positional, Options& options) {
  if (options.all) {
    if (positional.empty()) return absl::OkStatus();
    return Misuse(absl::StrCat("--all takes every visit; leave out '", positional[0], "'"));
  }
  if (!options.jsonl.empty()) return Misuse("--jsonl goes with --all");
  if (positional.size() != 2) {
    return Misuse(
        "name one visit by patient and day, such as `lab_interpretation 2 182`, or ask for --all");
  }
  absl::StatusOr<TestId> visit = ParseVisit(positional[0], positional[1]);
  if (!visit.ok()) return visit.status();
  options.visit = *std::move(visit);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(std::span<const std::string> arguments,
                                     const std::string& default_data) {
  Options options;
  options.data = default_data;

  // getopt_long wants argv's shape, reorders it, and leaves what is no flag at its end.
  std::string program = "lab_interpretation";
  std::vector<std::string> copies(arguments.begin(), arguments.end());
  std::vector<char*> argv = {program.data()};
  for (std::string& copy : copies) argv.push_back(copy.data());
  const int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);

  optind = 0;  // begin anew
  for (;;) {
    const int before = std::max(optind, 1);
    const int flag = getopt_long(argc, argv.data(), ":", kFlags, nullptr);
    if (flag == -1) break;
    const std::string written = argv[optind > before ? optind - 1 : before];
    if (flag == ':') return Misuse(absl::StrCat(written, " needs a value"));
    if (flag == '?') {
      const bool known = optopt == kAll || optopt == kHelp;
      return Misuse(known ? absl::StrCat(written, ": takes no value")
                          : absl::StrCat("there is no flag ", written));
    }
    absl::Status set = SetFlag(static_cast<FlagId>(flag), optarg == nullptr ? "" : optarg, options);
    if (!set.ok()) return set;
  }
  if (options.help) return options;
  const std::vector<std::string> positional(argv.begin() + optind, argv.begin() + argc);
  if (absl::Status set = SetVisit(positional, options); !set.ok()) return set;
  return options;
}

std::string UsageText(const std::string& default_data) {
  return absl::StrCat(
      "lab_interpretation PATIENT DAY        explains one visit, such as: lab_interpretation 2 "
      "182\n"
      "lab_interpretation --all              interprets every visit and prints a summary\n"
      "\n"
      "  --jsonl FILE   with --all: writes each interpretation as a line of JSON; - is standard\n"
      "                 output, and sends the summary to standard error\n"
      "  --data FILE    reads the visits from this CSV file, by default\n"
      "                 ",
      default_data,
      "\n"
      "  --help         prints this\n"
      "\n"
      "Exit status: 0 where everything was interpreted, 1 where something failed, 2 where the\n"
      "arguments are wrong.\n"
      "\n",
      std::string(kDisclaimer), "\n");
}

}  // namespace lab_interpretation
