#include "schedules/time_zones.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "schedules/text_pieces.h"

namespace protograph::internal {
namespace {

// The longest in the database has 32 characters.
constexpr size_t kMaxNameLength = 64;

bool IsPartOfName(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '+';
  });
}

bool IsSpelledAsName(std::string_view name) {
  if (name.size() > kMaxNameLength) return false;
  for (const std::string_view part : SplitAt(name, '/')) {
    if (!IsPartOfName(part)) return false;
  }
  return true;
}

// Files beside the zones that mean the machine's own, none, or clocks that count leap seconds.
bool IsNoZone(std::string_view name) {
  return EqualsIgnoringCase(name, "localtime") || EqualsIgnoringCase(name, "posixrules") ||
         EqualsIgnoringCase(name, "Factory") || StartsWithIgnoringCase(name, "right/");
}

}  // namespace

absl::StatusOr<absl::TimeZone> ParseTimeZone(std::string_view name) {
  if (!IsSpelledAsName(name) || IsNoZone(name)) {
    return absl::InvalidArgumentError(fmt::format(
        "{} is no name of a time zone: give one of the IANA time zone database, such as "
        "Europe/Berlin or UTC",
        name.size() > kMaxNameLength ? fmt::format("a text of {} characters", name.size())
                                     : fmt::format("\"{}\"", name)));
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(std::string(name), &zone)) {
    return absl::InvalidArgumentError(fmt::format(
        "this machine's time zone database has no time zone \"{}\": give a name as it is spelled "
        "there, such as Europe/Berlin, and see that the database is installed (Debian: tzdata)",
        name));
  }
  return zone;
}

}  // namespace protograph::internal
