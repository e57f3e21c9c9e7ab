#ifndef PROTOGRAPH_TESTS_PROPERTY_OUTCOME_H_
#define PROTOGRAPH_TESTS_PROPERTY_OUTCOME_H_

#include "absl/status/status.h"

namespace protograph::property {

// What one attempt of a step does.
enum class Outcome {
  kMakes,
  kUnavailable,     // retriable
  kRetryAfter,      // retriable, says when
  kInvalid,         // not retriable
  kDoNotRetry,      // says that it is not retriable
  kThrows,          // a std::exception: not retriable
  kThrowsInt,       // no std::exception: not retriable
  kThrowsBadAlloc,  // retriable
};
bool IsRetriable(Outcome outcome);
absl::StatusCode CodeOf(Outcome outcome);

// Returns the error, OK for kMakes; or throws.
absl::Status Perform(Outcome outcome);

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_OUTCOME_H_
