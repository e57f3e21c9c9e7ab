#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_PATIENT_GRAPH_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_PATIENT_GRAPH_H_

// All visits of a patient in one execution: split, each interpreted, all summed up.

#include <memory>

#include "absl/status/statusor.h"
#include "interpret_visit.h"
#include "lab_interpretation/patient_summary.pb.h"
#include "lab_repository.h"
#include "list_visits.h"
#include "protograph/protograph.h"
#include "summarize_patient.h"

namespace lab_interpretation {

using PatientGraph = protograph::StaticGraph<protograph::Inputs<PatientId>, ListVisits,
                                             protograph::Map<InterpretVisit>, SummarizePatient>;

// No summary leaves a visit out: where some cannot be interpreted, all others are tried, and the
// status names those that failed. Reading is retried as in LabGraph. InvalidArgument where the
// repository is null.
absl::StatusOr<PatientGraph> MakePatientGraph(
    std::shared_ptr<const LabRepository> repository,
    std::shared_ptr<protograph::ThreadPool> pool = nullptr);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_PATIENT_GRAPH_H_
