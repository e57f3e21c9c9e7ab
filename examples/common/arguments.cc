#include "examples/common/arguments.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace examples {

absl::Status Arguments::Misuse(std::string_view what) const {
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(what), " (see ", program_, " --help)"));
}

absl::StatusOr<Arguments> Arguments::Parse(std::string_view program,
                                           std::span<const std::string> arguments,
                                           std::span<const FlagSpec> flags) {
  Arguments parsed;
  parsed.program_ = std::string(program);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    // A single dash is a file name that means standard output.
    if (argument.rfind("--", 0) != 0) {
      if (argument.size() > 1 && argument[0] == '-') {
        return parsed.Misuse(absl::StrCat("there is no flag ", argument));
      }
      parsed.positional_.push_back(argument);
      continue;
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto spec = std::find_if(flags.begin(), flags.end(),
                                   [&](const FlagSpec& flag) { return flag.name == name; });
    if (spec == flags.end()) return parsed.Misuse(absl::StrCat("there is no flag ", name));
    std::string value;
    if (spec->value.empty()) {
      if (equals != std::string::npos) {
        return parsed.Misuse(absl::StrCat(name, " takes no value"));
      }
    } else {
      if (equals != std::string::npos) {
        value = argument.substr(equals + 1);
      } else if (i + 1 < arguments.size()) {
        value = arguments[++i];
      }
      if (value.empty()) {
        return parsed.Misuse(absl::StrCat(name, " needs ", std::string(spec->value)));
      }
    }
    parsed.flags_[name] = value;
  }
  return parsed;
}

std::optional<std::string> Arguments::Value(std::string_view flag) const {
  const auto found = flags_.find(flag);
  if (found == flags_.end()) return std::nullopt;
  return found->second;
}

}  // namespace examples
