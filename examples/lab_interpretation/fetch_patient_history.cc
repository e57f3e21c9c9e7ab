#include "fetch_patient_history.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lab_interpretation {

FetchPatientHistory::FetchPatientHistory(std::shared_ptr<const LabRepository> repository)
    : repository_(std::move(repository)) {}

absl::StatusOr<PatientHistory> FetchPatientHistory::Compute(protograph::ExecCtx&,
                                                            const RawTestResult& result) const {
  absl::StatusOr<std::vector<RawTestResult>> earlier = repository_->FetchResultsBefore(result.id());
  if (!earlier.ok()) return earlier.status();

  PatientHistory history;
  *history.mutable_visit() = result.id();
  int last_day = -1;
  for (RawTestResult& visit : *earlier) {
    const TestId& id = visit.id();
    if (id.patient() != result.id().patient() || id.day() >= result.id().day() ||
        id.day() <= last_day) {
      return absl::InternalError(absl::StrCat(
          "the repository was asked for visits of patient ", result.id().patient(), " before day ",
          result.id().day(), ", oldest first, and answered with patient ", id.patient(), ", day ",
          id.day()));
    }
    last_day = id.day();
    *history.add_earlier() = std::move(visit);
  }
  return history;
}

}  // namespace lab_interpretation
