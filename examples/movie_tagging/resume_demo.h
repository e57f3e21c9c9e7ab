#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RESUME_DEMO_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RESUME_DEMO_H_

#include <string>

#include "absl/status/status.h"
#include "movie_graph.h"
#include "options.h"

namespace movie_tagging {

// Starts this program again to tag a film, kills it with SIGKILL in its fourth step, shows what is
// in the database then, and starts it once more. Prints what happens. FailedPrecondition where
// there is no database and none can be started.
absl::Status ShowResuming(const Options& options);

// What it starts: tags the film as the workflow `film-<id>`, and prints each step as it begins.
// Steps take half a second more than they do.
absl::Status TagDurably(const MovieGraph& graph, int movie_id, const std::string& database);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_RESUME_DEMO_H_
