#include "release_date.h"

#include <fmt/format.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace movie_tagging {

absl::StatusOr<ReleaseDate> ParseReleaseDate(std::string_view text, int latest_year) {
  ReleaseDate release;
  if (text.empty()) return release;
  absl::Time time;
  if (!absl::ParseTime("%b %d %E4Y", std::string(text), &time, nullptr)) {
    return absl::InvalidArgumentError(fmt::format("'{}' is not a date such as Nov 12 2004", text));
  }
  const absl::CivilDay day = absl::ToCivilDay(time, absl::UTCTimeZone());
  if (day == absl::CivilDay(1969, 12, 31)) return release;

  release.century_corrected = day.year() > latest_year;
  release.date.emplace();
  release.date->set_year(static_cast<int>(day.year()) - (release.century_corrected ? 100 : 0));
  release.date->set_month(day.month());
  release.date->set_day(day.day());
  return release;
}

}  // namespace movie_tagging
