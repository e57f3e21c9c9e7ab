#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CATALOG_REPORT_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CATALOG_REPORT_H_

#include <string>

#include "movie_tagging/catalog_summary.pb.h"

namespace movie_tagging {

// For people: the decades, the directors with the most films, and what was left out. Ends in a
// newline.
std::string ToText(const CatalogSummary& summary);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CATALOG_REPORT_H_
