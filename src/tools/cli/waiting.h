#ifndef PROTOGRAPH_SRC_TOOLS_CLI_WAITING_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_WAITING_H_

// Waiting for jobs, with progress on the standard error output.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protograph/jobs/client.h"
#include "tools/cli/context.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/published_graph.h"

namespace protograph::cli {

// Blocks until the job has finished or the time is over; the job as it is then. Shows how far its
// steps are that run once for each item; where it has none, a terminal is told its state.
absl::StatusOr<JobContents> WaitWithProgress(const Connected& connected, const std::string& job_id,
                                             absl::Duration timeout);

// Waits for all of them, in their order; tells each that has finished in time. The exit code is
// that of the worst.
absl::StatusOr<ExitCode> WaitForAll(Client& client, const std::vector<std::string>& job_ids,
                                    absl::Duration timeout,
                                    const std::function<void(const JobContents&)>& tell);

// The result as JSON on the standard output; what else has become of it on the standard error
// output.
ExitCode PrintOutcome(const JobContents& contents, const KnownGraphs& graphs);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_WAITING_H_
