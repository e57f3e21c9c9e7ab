#include "visit.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace lab_interpretation {

std::string ToText(const TestId& id) {
  return absl::StrCat("patient ", id.patient(), ", day ", id.day());
}

absl::Status CheckSameVisit(const TestId& result, const TestId& other,
                            const std::string& other_name) {
  if (result.patient() == other.patient() && result.day() == other.day()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the result is that of ", ToText(result), ", the ",
                                                 other_name, " that of ", ToText(other),
                                                 ": bring both from the same visit"));
}

absl::StatusOr<std::optional<double>> MeasuredValue(const RawTestResult& result,
                                                    const AnalyteInfo& info) {
  const std::optional<double> value = ValueOf(result, info.analyte);
  if (value.has_value() && (!std::isfinite(*value) || *value <= 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(info.name), " of ", ToText(result.id()), " is ", *value,
                     ": a measured value is a positive number; leave out what was not measured"));
  }
  return value;
}

}  // namespace lab_interpretation
