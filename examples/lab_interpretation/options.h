#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_OPTIONS_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_OPTIONS_H_

#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// What the program was asked to do.
struct Options {
  bool help = false;
  bool all = false;
  std::optional<int> patient;   // whose visits are to be summed up
  std::optional<TestId> visit;  // set exactly where none of these is
  std::string data;             // path of the CSV file
  std::string jsonl;            // empty: nothing is written; "-": standard output
};

// Reads the arguments after the program's name. InvalidArgument, saying what to write instead,
// where they make no sense. `default_data` is the path without --data.
absl::StatusOr<Options> ParseOptions(std::span<const std::string> arguments,
                                     const std::string& default_data);

// How the program is called.
std::string UsageText(const std::string& default_data);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_OPTIONS_H_
