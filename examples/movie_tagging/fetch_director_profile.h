#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FETCH_DIRECTOR_PROFILE_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FETCH_DIRECTOR_PROFILE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "movie_catalog.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/exec_ctx.h"

namespace movie_tagging {

// Sums up the other films of a film's director. Where the catalogue names no director, as for four
// films in ten, the profile says so (known is false) and the pipeline goes on without it.
class FetchDirectorProfile {
 public:
  explicit FetchDirectorProfile(std::shared_ptr<const MovieCatalog> catalog);

  // The catalogue's errors as they are.
  absl::StatusOr<DirectorProfile> Compute(protograph::ExecCtx& ctx, const Movie& movie) const;

 private:
  std::shared_ptr<const MovieCatalog> catalog_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FETCH_DIRECTOR_PROFILE_H_
