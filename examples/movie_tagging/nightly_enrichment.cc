#include "nightly_enrichment.h"

#include <utility>

namespace movie_tagging {

absl::StatusOr<NightlyGraph> MakeNightlyGraph(std::shared_ptr<const CsvMovieCatalog> catalog,
                                              std::shared_ptr<protograph::Client> client) {
  return NightlyGraph::Builder("nightly_enrichment")
      .Provide(std::move(catalog))
      .Provide(std::move(client))
      .Build();
}

absl::StatusOr<protograph::NamedSchedule> NightlySchedule() {
  absl::StatusOr<protograph::ScheduleDefinition> definition =
      protograph::Schedules::Define<EnrichmentRun>("nightly_enrichment", FilmRange(),
                                                   {.cron = "30 3 * * *",
                                                    .time_zone = "Europe/Berlin",
                                                    .missed = protograph::MissedTicks::kRunOnce,
                                                    .overlap = protograph::Overlap::kSkip,
                                                    .pause_after_failures = 3});
  if (!definition.ok()) return definition.status();
  return protograph::NamedSchedule{.name = "nightly_enrichment",
                                   .definition = *std::move(definition)};
}

}  // namespace movie_tagging
