#include "options.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analytes.h"

namespace lab_interpretation {
namespace {

absl::Status Misuse(const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(what, " (see lab_interpretation --help)"));
}

// A flag as it was written: --name, --name value or --name=value.
struct WrittenFlag {
  std::string name;
  std::optional<std::string> value;
};

WrittenFlag SplitFlag(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos) return {.name = argument, .value = std::nullopt};
  return {.name = argument.substr(0, equals), .value = argument.substr(equals + 1)};
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

}  // namespace

absl::StatusOr<Options> ParseOptions(std::span<const std::string> arguments,
                                     const std::string& default_data) {
  Options options;
  options.data = default_data;
  std::vector<std::string> positional;

  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.rfind("--", 0) != 0) {
      positional.push_back(argument);
      continue;
    }
    WrittenFlag flag = SplitFlag(argument);
    if (flag.name == "--help" || flag.name == "--all") {
      if (flag.value.has_value()) return Misuse(absl::StrCat(flag.name, " takes no value"));
      (flag.name == "--help" ? options.help : options.all) = true;
    } else if (flag.name == "--data" || flag.name == "--jsonl") {
      if (!flag.value.has_value() && i + 1 < arguments.size()) flag.value = arguments[++i];
      if (!flag.value.has_value() || flag.value->empty()) {
        return Misuse(absl::StrCat(flag.name, " needs the path of a file"));
      }
      (flag.name == "--data" ? options.data : options.jsonl) = *flag.value;
    } else {
      return Misuse(absl::StrCat("there is no flag ", flag.name));
    }
  }

  if (options.help) return options;
  if (options.all) {
    if (!positional.empty()) {
      return Misuse(absl::StrCat("--all takes every visit; leave out '", positional[0], "'"));
    }
    return options;
  }
  if (!options.jsonl.empty()) return Misuse("--jsonl goes with --all");
  if (positional.size() != 2) {
    return Misuse(
        "name one visit by patient and day, such as `lab_interpretation 2 182`, or ask for --all");
  }
  absl::StatusOr<TestId> visit = ParseVisit(positional[0], positional[1]);
  if (!visit.ok()) return visit.status();
  options.visit = *visit;
  return options;
}

std::string UsageText(const std::string& default_data) {
  return absl::StrCat(
      "lab_interpretation PATIENT DAY        explains one visit, such as: lab_interpretation 2 "
      "182\n"
      "lab_interpretation --all              interprets every visit and prints a summary\n"
      "\n"
      "  --jsonl FILE   with --all: writes each interpretation as a line of JSON\n"
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
