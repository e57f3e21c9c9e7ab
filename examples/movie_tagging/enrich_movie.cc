#include "enrich_movie.h"

#include <tuple>
#include <utility>

namespace movie_tagging {

EnrichMovie::EnrichMovie(MovieGraph films) : films_(std::move(films)) {}

absl::StatusOr<EnrichedMovie> EnrichMovie::Compute(protograph::ExecCtx& ctx,
                                                   const Movie& movie) const {
  // The film takes the place of the step that fetches one.
  absl::StatusOr<std::tuple<Classification, TagSet>> concluded =
      films_.ExecuteAll<Classification, TagSet>(ctx, movie);
  if (!concluded.ok()) return concluded.status();
  EnrichedMovie enriched;
  *enriched.mutable_movie() = movie;
  *enriched.mutable_classification() = std::move(std::get<Classification>(*concluded));
  *enriched.mutable_tags() = std::move(std::get<TagSet>(*concluded));
  return enriched;
}

}  // namespace movie_tagging
