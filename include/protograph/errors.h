#ifndef PROTOGRAPH_ERRORS_H_
#define PROTOGRAPH_ERRORS_H_

// What a step can say with its error, and what Execute says with its own.
//
//   if (response.code() == 429) {
//     return protograph::RetryAfter(absl::ResourceExhaustedError("slow down"),
//     response.retry_in());
//   }
//   if (response.code() == 404) return protograph::DoNotRetry(absl::UnavailableError("gone"));
//
//   absl::StatusOr<TagSet> tags = graph->Execute<TagSet>(ctx, id);
//   if (std::optional<StepFailure> failure = GetStepFailure(tags.status())) {
//     LOG(ERROR) << failure->step() << " failed after " << failure->attempts() << " attempts";
//   }

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protograph/failure.pb.h"

namespace protograph {

// `error`, with the word that another attempt is worth while after `wait`, whatever the policy of
// the step says about the code and the time. The policy's attempts and budget, and the deadline,
// still hold.
absl::Status RetryAfter(absl::Status error, absl::Duration wait);

// `error`, with the word that another attempt is useless.
absl::Status DoNotRetry(absl::Status error);

// What is known about the step that made Execute return `status`; nothing where `status` does not
// come from a step.
std::optional<StepFailure> GetStepFailure(const absl::Status& status);

// The single faults of a graph that Build refused; empty where `status` is no such refusal.
std::optional<GraphFaults> GetGraphFaults(const absl::Status& status);

}  // namespace protograph

#endif  // PROTOGRAPH_ERRORS_H_
