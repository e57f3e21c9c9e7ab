#include "fetch_movie.h"

#include <fmt/format.h>

#include <utility>

#include "absl/status/status.h"

namespace movie_tagging {

FetchMovie::FetchMovie(std::shared_ptr<const MovieCatalog> catalog)
    : catalog_(std::move(catalog)) {}

absl::StatusOr<Movie> FetchMovie::Compute(protograph::ExecCtx& /*ctx*/, const MovieId& id) const {
  if (id.id() < 1) {
    return absl::InvalidArgumentError(
        fmt::format("a film's id is a number from 1 on, not {}", id.id()));
  }
  return catalog_->FindMovie(id);
}

}  // namespace movie_tagging
