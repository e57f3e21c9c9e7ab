#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FETCH_MOVIE_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FETCH_MOVIE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "movie_catalog.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/exec_ctx.h"

namespace movie_tagging {

// Looks a film up in the catalogue.
class FetchMovie {
 public:
  explicit FetchMovie(std::shared_ptr<const MovieCatalog> catalog);

  // InvalidArgument for an id below 1; the catalogue's errors as they are.
  absl::StatusOr<Movie> Compute(protograph::ExecCtx& ctx, const MovieId& id) const;

 private:
  std::shared_ptr<const MovieCatalog> catalog_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_FETCH_MOVIE_H_
