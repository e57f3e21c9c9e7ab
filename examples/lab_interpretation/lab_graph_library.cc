#include "lab_graph_library.h"

#include <cstdlib>
#include <memory>

#include "csv_lab_repository.h"

namespace lab_interpretation {

absl::StatusOr<LabGraph> MakeLabGraphOfEnvironment() {
  const char* data = std::getenv("LAB_INTERPRETATION_DATA");
  const absl::StatusOr<std::shared_ptr<const CsvLabRepository>> repository =
      CsvLabRepository::Load(data == nullptr ? LAB_INTERPRETATION_DATA : data);
  if (!repository.ok()) return repository.status();
  return MakeLabGraph(*repository);
}

}  // namespace lab_interpretation
