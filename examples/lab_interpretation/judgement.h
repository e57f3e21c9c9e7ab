#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_JUDGEMENT_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_JUDGEMENT_H_

// The rules behind GenerateInterpretation, one function a question.

#include <span>
#include <string>
#include <vector>

#include "analytes.h"
#include "lab_interpretation/lab_interpretation.pb.h"

namespace lab_interpretation {

// An analyte of a visit with all that is known about it. Nothing is owned.
struct Evidence {
  const AnalyteInfo* info;
  const NormalizedValue* value;
  const AnalyteTrend* trend;

  bool measured() const { return value->has_value(); }
  int grade() const { return value->grade(); }
  Course course() const { return trend->course(); }
};

struct Judgement {
  Significance significance;
  std::string reason;  // a sentence
};

// See GenerateInterpretation for the rules.
Judgement JudgeSignificance(std::span<const Evidence> evidence);

// What stands out, most severe first.
std::vector<Finding> ListFindings(std::span<const Evidence> evidence);

// What a clinician might consider, in a fixed order; never empty.
std::vector<std::string> Recommend(const NormalizedResult& normalized, const TrendAnalysis& trends,
                                   std::span<const Evidence> evidence);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_JUDGEMENT_H_
