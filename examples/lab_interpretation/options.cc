#include "options.h"

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analytes.h"
#include "examples/common/arguments.h"

namespace lab_interpretation {
namespace {

using ::examples::Arguments;
using ::examples::FlagSpec;

constexpr FlagSpec kAll = {"--all", ""};
constexpr FlagSpec kData = {"--data", "the path of a file"};
constexpr FlagSpec kHelp = {"--help", ""};
constexpr FlagSpec kJsonl = {"--jsonl", "the path of a file, or - for standard output"};
constexpr FlagSpec kPatient = {"--patient", "the number of a patient, from 1 on"};
constexpr FlagSpec kFlags[] = {kAll, kData, kHelp, kJsonl, kPatient};

absl::Status SetPatient(const Arguments& arguments, Options& options) {
  const std::optional<std::string> text = arguments.Value(kPatient.name);
  if (!text.has_value()) return absl::OkStatus();
  std::int32_t patient = 0;
  if (!absl::SimpleAtoi(*text, &patient) || patient < 1) {
    return arguments.Misuse(absl::StrCat("'", *text, "' is no patient: write a number from 1 on"));
  }
  if (options.all) return arguments.Misuse("--all takes every patient: leave out --patient");
  options.patient = patient;
  return absl::OkStatus();
}

absl::Status SetVisit(const Arguments& arguments, Options& options) {
  const std::vector<std::string>& positional = arguments.positional();
  if (options.all) {
    if (positional.empty()) return absl::OkStatus();
    return arguments.Misuse(
        absl::StrCat("--all takes every visit; leave out '", positional[0], "'"));
  }
  if (!options.jsonl.empty()) return arguments.Misuse("--jsonl goes with --all");
  if (options.patient.has_value()) {
    if (positional.empty()) return absl::OkStatus();
    return arguments.Misuse(
        absl::StrCat("--patient takes all visits of one; leave out '", positional[0], "'"));
  }
  if (positional.size() != 2) {
    return arguments.Misuse(
        "name one visit by patient and day, such as `lab_interpretation 2 182`, or ask for --all");
  }
  std::int32_t patient = 0;
  if (!absl::SimpleAtoi(positional[0], &patient) || patient < 1) {
    return arguments.Misuse(
        absl::StrCat("'", positional[0], "' is no patient: write a number from 1 on"));
  }
  std::int32_t day = 0;
  if (!absl::SimpleAtoi(positional[1], &day) || day < 0) {
    return arguments.Misuse(
        absl::StrCat("'", positional[1], "' is no day: write a number from 0 on"));
  }
  options.visit.emplace();
  options.visit->set_patient(patient);
  options.visit->set_day(day);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(std::span<const std::string> arguments,
                                     const std::string& default_data) {
  const absl::StatusOr<Arguments> parsed =
      Arguments::Parse("lab_interpretation", arguments, kFlags);
  if (!parsed.ok()) return parsed.status();
  Options options;
  options.help = parsed->Has(kHelp.name);
  options.all = parsed->Has(kAll.name);
  options.data = parsed->Value(kData.name).value_or(default_data);
  options.jsonl = parsed->Value(kJsonl.name).value_or("");
  if (options.help) return options;
  if (absl::Status set = SetPatient(*parsed, options); !set.ok()) return set;
  if (absl::Status set = SetVisit(*parsed, options); !set.ok()) return set;
  return options;
}

std::string UsageText(const std::string& default_data) {
  return absl::StrCat(
      "lab_interpretation PATIENT DAY        explains one visit, such as: lab_interpretation 2 "
      "182\n"
      "lab_interpretation --patient PATIENT  sums up all visits of one patient\n"
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
