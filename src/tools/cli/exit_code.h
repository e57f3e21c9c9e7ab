#ifndef PROTOGRAPH_SRC_TOOLS_CLI_EXIT_CODE_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_EXIT_CODE_H_

// How the command line ends. Scripts rely on the numbers, so they stay as they are.

#include "absl/status/status.h"
#include "protograph/store/job_store.h"

namespace protograph::cli {

enum class ExitCode {
  kOk = 0,
  // The command, or the job that it waited for, failed.
  kFailed = 1,
  kUsage = 2,
  // The database cannot be reached.
  kUnreachable = 3,
  // There is no such job, queue, graph or file.
  kNotFound = 4,
  kTimedOut = 5,
  // The job was cancelled.
  kCancelled = 6,
};

// For --help.
inline constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 the command or the job failed; 2 wrong usage; 3 the database cannot be\n"
    "reached; 4 not found; 5 timed out; 6 the job was cancelled.";

// Of a command that failed so.
ExitCode ExitCodeOf(const absl::Status& status);

// Of a command that waited for a job; kTimedOut where it has not finished.
ExitCode ExitCodeOf(JobState state);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_EXIT_CODE_H_
