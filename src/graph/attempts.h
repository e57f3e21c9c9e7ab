#ifndef PROTOGRAPH_SRC_GRAPH_ATTEMPTS_H_
#define PROTOGRAPH_SRC_GRAPH_ATTEMPTS_H_

// Everything about running a step that is not the happy path: cancellation, deadlines, timeouts,
// observers, retries.

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "graph/core.h"
#include "graph/failure.h"
#include "protograph/execution_observer.h"
#include "protograph/internal/step_definition.h"

namespace protograph::internal {

class Attempts {
 public:
  Attempts(const StepRecord& record, StepCall& call);

  // Runs the step until it has made its message, or until another attempt is of no use: then null,
  // and failure() says why.
  Value Run();

  // The same where the first attempt has been made, without supervision, and has failed: with
  // `error`, or with what the frame and the call hold.
  Value RunAfterFailure();
  Value RunAfterFailure(absl::Status error);

  const FailedStep& failure() const { return failed_; }
  FailedStep& failure() { return failed_; }

 private:
  Value TryUntilDone();
  Value TryOnce();
  // After a failed attempt. True where another one is to be made, now.
  bool WaitForNext();
  bool MayBegin();
  StepEvent Event() const;
  TypeKey OutputType() const;
  bool GiveUp(StepFailure::GaveUp reason);

  const StepRecord& record_;
  StepCall& call_;
  const StepInfo& step_;
  FailedStep failed_;
  // When the first attempt began; known where the policy has a budget.
  absl::Time begin_ = absl::InfiniteFuture();
  // For observers.
  std::vector<const google::protobuf::Message*> inputs_;
};

// Runs a step, one that runs once for each item too, until it has made its result. The status is
// that of the execution.
absl::StatusOr<Value> RunWithCare(const StepRecord& record, StepCall& call);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_ATTEMPTS_H_
