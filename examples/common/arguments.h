#ifndef PROTOGRAPH_EXAMPLES_COMMON_ARGUMENTS_H_
#define PROTOGRAPH_EXAMPLES_COMMON_ARGUMENTS_H_

// Splits a command line into flags and the rest. (absl::ParseCommandLine ends the process where a
// flag is wrong; this says what is wrong.)

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace examples {

struct FlagSpec {
  // With its dashes: "--data".
  std::string_view name;
  // What its value is, as in "needs the path of a file"; empty for a flag without a value.
  std::string_view value;
};

class Arguments {
 public:
  // `arguments` without the program's own name. Takes --flag, --flag value and --flag=value.
  // InvalidArgument where a flag is unknown, lacks its value or has one it does not take.
  static absl::StatusOr<Arguments> Parse(std::string_view program,
                                         std::span<const std::string> arguments,
                                         std::span<const FlagSpec> flags);

  bool Has(std::string_view flag) const { return flags_.contains(flag); }
  // The value of a flag that was given; the last one where it was given twice.
  std::optional<std::string> Value(std::string_view flag) const;
  // What is no flag.
  const std::vector<std::string>& positional() const { return positional_; }

  // InvalidArgument with a pointer to --help.
  absl::Status Misuse(std::string_view what) const;

 private:
  std::string program_;
  std::map<std::string, std::string, std::less<>> flags_;
  std::vector<std::string> positional_;
};

}  // namespace examples

#endif  // PROTOGRAPH_EXAMPLES_COMMON_ARGUMENTS_H_
