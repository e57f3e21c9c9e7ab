#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_NIGHTLY_ENRICHMENT_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_NIGHTLY_ENRICHMENT_H_

// All films of the catalogue, tagged anew each night: a schedule makes one job, which submits a job
// for each film.

#include <memory>

#include "absl/status/statusor.h"
#include "csv_movie_catalog.h"
#include "movie_tagging/nightly_enrichment.pb.h"
#include "protograph/jobs/client.h"
#include "protograph/jobs/schedules.h"
#include "protograph/protograph.h"
#include "submit_films.h"

namespace movie_tagging {

using NightlyGraph = protograph::StaticGraph<protograph::Inputs<FilmRange>, SubmitFilms>;

// "nightly_enrichment". InvalidArgument where a client is missing.
absl::StatusOr<NightlyGraph> MakeNightlyGraph(std::shared_ptr<const CsvMovieCatalog> catalog,
                                              std::shared_ptr<protograph::Client> client);

// At half past three in Berlin. A night in which no worker was there is made up for.
absl::StatusOr<protograph::NamedSchedule> NightlySchedule();

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_NIGHTLY_ENRICHMENT_H_
