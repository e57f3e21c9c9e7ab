#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_CSV_LAB_REPOSITORY_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_CSV_LAB_REPOSITORY_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_repository.h"

namespace lab_interpretation {

// The visits of a file like examples/data/pbcseq.csv, read as a whole. Immutable after Load.
class CsvLabRepository : public LabRepository {
 public:
  // `NA` and an empty cell are missing values. InvalidArgument, naming line and column, for any
  // other cell that is not what its column holds, for a missing column, and for a visit that stands
  // twice.
  static absl::StatusOr<std::shared_ptr<const CsvLabRepository>> Load(const std::string& path);

  absl::StatusOr<RawTestResult> FetchResult(const TestId& id) const override;
  absl::StatusOr<std::vector<RawTestResult>> FetchResultsBefore(const TestId& id) const override;

  // Every visit, by patient and day.
  std::vector<TestId> visits() const;

 private:
  using VisitsByDay = std::map<int, RawTestResult>;

  explicit CsvLabRepository(std::map<int, VisitsByDay> patients);

  // The patient's visits; NotFound where there is no such patient.
  absl::StatusOr<const VisitsByDay*> FindPatient(int patient) const;

  std::map<int, VisitsByDay> patients_;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_CSV_LAB_REPOSITORY_H_
