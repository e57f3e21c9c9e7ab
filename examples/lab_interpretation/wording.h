#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_WORDING_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_WORDING_H_

// Values and trends as phrases in plain English.

#include <string>

#include "analytes.h"
#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// "3.5 to 5.2 g/dl", "up to 199 mg/dl"
std::string RangeText(const ReferenceRange& range);

// "14.5 mg/dl, 14.5 times the upper limit of 1 mg/dl (grade 4)", "not measured (last known 261
// mg/dl, day 0)"
std::string ValueText(const AnalyteInfo& info, const NormalizedValue& value);

// What each statistic says, such as "+47% since day 0 (chance: -49% to +94%)". Never empty.
std::string TrendText(const AnalyteTrend& trend);

// "stable", "worsening" ...
std::string CourseText(Course course);

// "unremarkable", "follow-up" ...
std::string SignificanceText(Significance significance);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_WORDING_H_
