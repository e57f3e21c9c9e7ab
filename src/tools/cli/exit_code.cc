#include "tools/cli/exit_code.h"

namespace protograph::cli {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kUsage;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kUnreachable;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kTimedOut;
    case absl::StatusCode::kCancelled:
      return ExitCode::kCancelled;
    default:
      return ExitCode::kFailed;
  }
}

ExitCode ExitCodeOf(JobState state) {
  switch (state) {
    case JobState::kSucceeded:
      return ExitCode::kOk;
    case JobState::kFailed:
      return ExitCode::kFailed;
    case JobState::kCancelled:
      return ExitCode::kCancelled;
    default:
      return ExitCode::kTimedOut;
  }
}

}  // namespace protograph::cli
