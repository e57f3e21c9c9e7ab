#include "submit_films.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

SubmitFilms::SubmitFilms(std::shared_ptr<const CsvMovieCatalog> catalog,
                         std::shared_ptr<protograph::Client> client)
    : catalog_(std::move(catalog)), client_(std::move(client)) {}

absl::StatusOr<EnrichmentRun> SubmitFilms::Compute(protograph::ExecCtx& ctx,
                                                   const FilmRange& range) const {
  const std::optional<absl::Time> night = ctx.ScheduledTime();
  EnrichmentRun run;
  run.set_run(night.has_value() ? absl::FormatTime(absl::RFC3339_full, *night, absl::UTCTimeZone())
                                : ctx.workflow_id());
  std::vector<MovieId> ids;
  for (const Movie& movie : catalog_->movies()) {
    if (movie.id() < range.from_id()) continue;
    if (range.to_id() != 0 && movie.id() > range.to_id()) continue;
    ids.emplace_back().set_id(movie.id());
  }
  std::vector<protograph::JobRequest> requests;
  for (const MovieId& id : ids) {
    requests.push_back({.inputs = {&id},
                        // What somebody waits for goes first.
                        .options = {.priority = -2,
                                    .unique_key = run.run() + "/" + std::to_string(id.id()),
                                    .unique_among = protograph::UniqueAmong::kFinished,
                                    .unique_for = absl::Hours(24),
                                    .tags = {"nightly"}}});
  }
  const absl::StatusOr<std::vector<protograph::JobId>> jobs =
      client_->SubmitMany<TagSet>("movie_tagging", requests);
  if (!jobs.ok()) return jobs.status();
  run.set_films(static_cast<int>(jobs->size()));
  return run;
}

}  // namespace movie_tagging
