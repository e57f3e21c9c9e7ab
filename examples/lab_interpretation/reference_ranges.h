#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REFERENCE_RANGES_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REFERENCE_RANGES_H_

// Reference ranges of adults by age and sex, and how severe it is to lie outside. Each number names
// the publication it comes from.
//
// What they are not: the ranges of the laboratory that made the measurements (Mayo Clinic, 1974
// on). Those are not on record with the data, and assays have changed since; see
// ReferenceRange.caution.

#include <string_view>

#include "absl/status/statusor.h"
#include "analytes.h"
#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// The range of the analyte `info` for a person of this sex and age. InvalidArgument where the sex
// is not known, OutOfRange where the person is no adult.
absl::StatusOr<ReferenceRange> ReferenceRangeFor(const AnalyteInfo& info, Sex sex,
                                                 double age_years);

struct Grade {
  int grade = 0;            // 0: in range, or outside in the harmless direction; 4: worst
  std::string_view source;  // empty where grade is 0
};

// How severe `value` is, given its range.
Grade GradeOf(Analyte analyte, double value, const ReferenceRange& range);

// Whether `value` lies below, in or above `range`.
Flag FlagOf(double value, const ReferenceRange& range);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_REFERENCE_RANGES_H_
