#include "list_visits.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lab_interpretation {

ListVisits::ListVisits(std::shared_ptr<const LabRepository> repository)
    : repository_(std::move(repository)) {}

absl::StatusOr<protograph::Many<RawTestResult>> ListVisits::Compute(protograph::ExecCtx&,
                                                                    const PatientId& id) const {
  if (id.patient() < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("no patient has number ", id.patient(), ": they count from 1"));
  }
  TestId after_the_last;
  after_the_last.set_patient(id.patient());
  after_the_last.set_day(std::numeric_limits<std::int32_t>::max());
  absl::StatusOr<std::vector<RawTestResult>> visits =
      repository_->FetchResultsBefore(after_the_last);
  if (!visits.ok()) return visits.status();
  return protograph::Many<RawTestResult>(*std::move(visits));
}

}  // namespace lab_interpretation
