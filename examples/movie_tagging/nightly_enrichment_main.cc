// nightly_enrichment: a worker that tags all films each night.
//
//   PROTOGRAPH_DATABASE='host=db dbname=films' nightly_enrichment --threads 8
//
// Its settings are those of protograph-worker. The films are those of the file that
// MOVIE_TAGGING_DATA names, by default those of the examples.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "csv_movie_catalog.h"
#include "movie_graph.h"
#include "nightly_enrichment.h"
#include "protograph/jobs/worker_main.h"
#include "protograph/postgres/postgres_store.h"
#include "rule_based_analyzer.h"

namespace movie_tagging {
namespace {

std::string Variable(const char* name, const char* standard) {
  const char* const value = std::getenv(name);
  return value == nullptr ? standard : value;
}

struct Parts {
  MovieGraph films;
  NightlyGraph nightly;
};

// Opens the store, makes the graphs, and puts the schedule into the store.
absl::StatusOr<Parts> SetUp() {
  const absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> catalog =
      CsvMovieCatalog::Load(Variable("MOVIE_TAGGING_DATA", MOVIE_TAGGING_DATA));
  if (!catalog.ok()) return catalog.status();
  const absl::StatusOr<std::shared_ptr<protograph::PostgresStore>> store =
      protograph::PostgresStore::Open({.connection = Variable("PROTOGRAPH_DATABASE", "")});
  if (!store.ok()) return store.status();
  absl::StatusOr<MovieGraph> films =
      MakeMovieGraph({.catalog = *catalog, .analyzer = std::make_shared<RuleBasedAnalyzer>()});
  if (!films.ok()) return films.status();
  absl::StatusOr<std::unique_ptr<protograph::Client>> client =
      protograph::Client::Make(*store, {.graphs = {films->graph()}});
  if (!client.ok()) return client.status();
  absl::StatusOr<NightlyGraph> nightly = MakeNightlyGraph(*catalog, *std::move(client));
  if (!nightly.ok()) return nightly.status();

  const absl::StatusOr<std::unique_ptr<protograph::Schedules>> schedules =
      protograph::Schedules::Make(*store, {.graphs = {nightly->graph()}});
  if (!schedules.ok()) return schedules.status();
  const absl::StatusOr<protograph::NamedSchedule> schedule = NightlySchedule();
  if (!schedule.ok()) return schedule.status();
  const absl::StatusOr<protograph::ReconcileReport> report =
      (*schedules)->Reconcile("nightly_enrichment", {&*schedule, 1});
  if (!report.ok()) return report.status();
  return Parts{.films = *std::move(films), .nightly = *std::move(nightly)};
}

}  // namespace
}  // namespace movie_tagging

int main(int argc, char** argv) {
  const absl::StatusOr<movie_tagging::Parts> parts = movie_tagging::SetUp();
  if (!parts.ok()) {
    std::cerr << "nightly_enrichment: " << parts.status().message() << "\n";
    return absl::IsUnavailable(parts.status()) ? protograph::kWorkerWithoutDatabase
                                               : protograph::kWorkerMisconfigured;
  }
  return protograph::WorkerMain(argc, argv, {parts->films.graph(), parts->nightly.graph()});
}
