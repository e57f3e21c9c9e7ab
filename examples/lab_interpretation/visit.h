#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_VISIT_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_VISIT_H_

// What several steps ask of a visit.

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analytes.h"
#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

inline constexpr double kDaysPerYear = 365.25;

// "patient 2, day 182"
std::string ToText(const TestId& id);

// InvalidArgument, naming both, where two inputs of a step are of different visits.
absl::Status CheckSameVisit(const TestId& result, const TestId& other,
                            const std::string& other_name);

// The value of `info` at this visit, nothing where it was not measured. InvalidArgument where it is
// no positive number.
absl::StatusOr<std::optional<double>> MeasuredValue(const RawTestResult& result,
                                                    const AnalyteInfo& info);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_VISIT_H_
