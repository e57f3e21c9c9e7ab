#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_GRAPH_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_GRAPH_H_

#include <memory>

#include "absl/status/statusor.h"
#include "compare_to_baseline.h"
#include "fetch_patient_history.h"
#include "fetch_test_result.h"
#include "generate_interpretation.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_repository.h"
#include "normalize_values.h"
#include "protograph/protograph.h"

namespace lab_interpretation {

// From the name of a visit to what it means. The steps' signatures are the wiring; the compiler
// proves that it is complete.
using LabGraph =
    protograph::StaticGraph<protograph::Inputs<TestId>, FetchTestResult, FetchPatientHistory,
                            NormalizeValues, CompareToBaseline, GenerateInterpretation>;

// Of steps that read from the repository: up to three attempts where it is Unavailable.
protograph::RetryPolicy ReadingRetry();

// Reading from the repository is tried up to three times where it is Unavailable; nothing else is
// retried, as the other steps only compute.
absl::StatusOr<LabGraph> MakeLabGraph(std::shared_ptr<const LabRepository> repository);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_LAB_GRAPH_H_
