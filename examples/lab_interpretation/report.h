#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REPORT_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REPORT_H_

#include <string>

#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_interpretation/patient_summary.pb.h"

namespace lab_interpretation {

// One visit, readable without knowing the program: who, the disclaimer, each value with unit,
// range, course and the statistics behind it, what it means, and the sources of the ranges and
// grades.
std::string VisitReport(const NormalizedResult& normalized, const TrendAnalysis& trends,
                        const Interpretation& interpretation);

// One patient: each visit in a line, and how the analytes stood out over all of them.
std::string PatientReport(const PatientSummary& summary);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REPORT_H_
