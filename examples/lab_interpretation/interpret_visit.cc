#include "interpret_visit.h"

#include <utility>

namespace lab_interpretation {

InterpretVisit::InterpretVisit(LabGraph graph) : graph_(std::move(graph)) {}

absl::StatusOr<Interpretation> InterpretVisit::Compute(protograph::ExecCtx& ctx,
                                                       const RawTestResult& visit) const {
  // The record takes the place of the step that fetches one.
  return graph_.Execute<Interpretation>(ctx, visit);
}

}  // namespace lab_interpretation
