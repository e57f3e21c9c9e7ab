#include "patient_graph.h"

#include <utility>

#include "lab_graph.h"

namespace lab_interpretation {

absl::StatusOr<PatientGraph> MakePatientGraph(std::shared_ptr<const LabRepository> repository,
                                              std::shared_ptr<protograph::ThreadPool> pool) {
  const absl::StatusOr<LabGraph> visits = MakeLabGraph(repository);
  if (!visits.ok()) return visits.status();
  return PatientGraph::Builder("patient_summary")
      .Provide(std::move(repository))
      .Configure<ListVisits>({.retry = ReadingRetry()})
      .Configure<InterpretVisit>(
          {.items = {.when_item_fails = protograph::WhenItemFails::kCollectErrors}}, *visits)
      .UsePool(std::move(pool))
      .Build();
}

}  // namespace lab_interpretation
