#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_COMPARE_TO_BASELINE_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_COMPARE_TO_BASELINE_H_

#include "absl/status/statusor.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "protograph/exec_ctx.h"

namespace lab_interpretation {

// Step: each value against the patient's own earlier ones, by as many statistics as there are
// values for.
//
//   earlier values   what is asked
//   0                nothing: COURSE_UNSPECIFIED
//   1 or more        is the change since the last value more than chance? (reference change value)
//   3 or more        does the value lie outside the patient's own baseline? (robust z above 3.5,
//                    Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993)
//   4 or more        have the values, this one included, a trend? (Mann-Kendall test at 5%,
//   Theil-Sen
//                    slope; with fewer than 5 values no order of them could reach 5%)
//
// All work on logarithms. The spread of a baseline of few values can be near zero by chance (two
// equal values are enough), so that it is never taken to be less than a healthy person's own
// variation. Each test has its own error of 5% or less; over seven analytes one false alarm in a
// few visits is expected, which is why the interpretation weighs a change together with how
// abnormal the value is.
class CompareToBaseline {
 public:
  // InvalidArgument where the two are of different visits, or an earlier value is no positive
  // number.
  absl::StatusOr<TrendAnalysis> Compute(protograph::ExecCtx& ctx,
                                        const NormalizedResult& normalized,
                                        const PatientHistory& history) const;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_COMPARE_TO_BASELINE_H_
