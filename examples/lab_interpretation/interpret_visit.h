#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_INTERPRET_VISIT_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_INTERPRET_VISIT_H_

#include "absl/status/statusor.h"
#include "lab_graph.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "protograph/exec_ctx.h"

namespace lab_interpretation {

// Step: what a visit means, by the graph that interprets one.
class InterpretVisit {
 public:
  explicit InterpretVisit(LabGraph graph);

  // The graph's errors as they are. It brings its own retries.
  absl::StatusOr<Interpretation> Compute(protograph::ExecCtx& ctx,
                                         const RawTestResult& visit) const;

 private:
  LabGraph graph_;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_INTERPRET_VISIT_H_
