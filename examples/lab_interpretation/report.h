#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REPORT_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REPORT_H_

#include <string>

#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// One visit, readable without knowing the program: who, the disclaimer, each value with unit,
// range, course and the statistics behind it, what it means, and the sources of the ranges and
// grades.
std::string VisitReport(const NormalizedResult& normalized, const TrendAnalysis& trends,
                        const Interpretation& interpretation);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REPORT_H_
