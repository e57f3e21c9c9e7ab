#include "outcome.h"

#include <new>
#include <stdexcept>

#include "protograph/errors.h"

namespace protograph::property {

bool IsRetriable(Outcome outcome) {
  return outcome == Outcome::kUnavailable || outcome == Outcome::kRetryAfter ||
         outcome == Outcome::kThrowsBadAlloc;
}

absl::StatusCode CodeOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMakes:
      return absl::StatusCode::kOk;
    case Outcome::kUnavailable:
      return absl::StatusCode::kUnavailable;
    case Outcome::kRetryAfter:
      return absl::StatusCode::kInternal;
    case Outcome::kInvalid:
      return absl::StatusCode::kInvalidArgument;
    case Outcome::kDoNotRetry:
      return absl::StatusCode::kAborted;
    case Outcome::kThrows:
    case Outcome::kThrowsInt:
      return absl::StatusCode::kUnknown;
    case Outcome::kThrowsBadAlloc:
      return absl::StatusCode::kResourceExhausted;
  }
  return absl::StatusCode::kUnknown;
}

absl::Status Perform(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMakes:
      break;
    case Outcome::kUnavailable:
      return absl::UnavailableError("not now");
    case Outcome::kRetryAfter:
      return RetryAfter(absl::InternalError("a little later"), absl::Milliseconds(1));
    case Outcome::kInvalid:
      return absl::InvalidArgumentError("never");
    case Outcome::kDoNotRetry:
      return DoNotRetry(absl::AbortedError("not again"));
    case Outcome::kThrows:
      throw std::runtime_error("thrown");
    case Outcome::kThrowsInt:
      throw 7;
    case Outcome::kThrowsBadAlloc:
      throw std::bad_alloc();
  }
  return absl::OkStatus();
}

}  // namespace protograph::property
