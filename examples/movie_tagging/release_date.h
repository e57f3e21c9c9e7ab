#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RELEASE_DATE_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RELEASE_DATE_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

struct ReleaseDate {
  std::optional<Date> date;  // nothing: the catalogue had none
  bool century_corrected = false;
};

// Reads a date as the catalogue writes it, "Nov 12 2004". A year after `latest_year` comes from a
// year once kept in two digits: it is moved back by a century. "Dec 31 1969" is the Unix epoch seen
// from America, and means that there was no date. InvalidArgument for anything else.
absl::StatusOr<ReleaseDate> ParseReleaseDate(std::string_view text, int latest_year);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RELEASE_DATE_H_
