#ifndef PROTOGRAPH_SRC_JOBS_JOB_RUNNER_H_
#define PROTOGRAPH_SRC_JOBS_JOB_RUNNER_H_

// Executes jobs, and judges what has become of them.

#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "graph/erased_call.h"
#include "jobs/batch_runner.h"
#include "jobs/ended_job.h"
#include "jobs/job_buffer.h"
#include "jobs/running_jobs.h"
#include "protograph/clock.h"
#include "protograph/durability/engine.h"
#include "protograph/graph.h"
#include "protograph/job.pb.h"
#include "protograph/jobs/worker.h"

namespace protograph::internal {

// Thread safe.
class JobRunner {
 public:
  JobRunner(Engine& engine, const std::vector<Graph>& graphs, const WorkerOptions& options);

  // Blocks as long as the job takes. `running` is what others know of it.
  EndedJob Run(const FetchedJob& fetched, const std::shared_ptr<JobInFlight>& running);

 private:
  // What steps find in their context.
  ContextValues ValuesOf(const ClaimedJob& job, const JobInputs& stored) const;
  // Opens the job's execution.
  void Open(const FetchedJob& fetched, const JobInputs& stored, absl::Time deadline,
            const std::shared_ptr<JobInFlight>& running, EndedJob& ended);
  absl::StatusOr<std::string> Execute(const FetchedJob& fetched, const Graph& graph,
                                      const JobInputs& stored,
                                      const std::shared_ptr<JobInFlight>& running, EndedJob& ended);
  // The same for one that has some of another one's items.
  absl::StatusOr<std::string> ExecuteBatch(const FetchedJob& fetched, const Graph& graph,
                                           const JobInputs& stored,
                                           const std::shared_ptr<JobInFlight>& running,
                                           EndedJob& ended);
  // When the attempt is to be over.
  absl::StatusOr<absl::Time> DeadlineOf(const ClaimedJob& job, const Graph& graph,
                                        const JobInFlight& running) const;
  absl::StatusOr<const ErasedCall*> CallOf(const Graph& graph, const ClaimedJob& job,
                                           const JobInputs& inputs);
  JobEnd EndOf(const ClaimedJob& job, absl::StatusOr<std::string> result, StopCause cause) const;

  Engine& engine_;
  const WorkerOptions& options_;
  Clock& clock_;
  // Null where the store keeps no items: then they are run where their job is.
  ItemStore* const items_;
  std::optional<BatchRunner> batches_;
  absl::flat_hash_map<std::string, Graph> graphs_;

  std::shared_mutex mutex_;
  // By graph, output and inputs.
  absl::flat_hash_map<std::string, std::unique_ptr<ErasedCall>> calls_;
};

// How long to wait after this attempt: full jitter over an exponential.
absl::Duration WaitAfter(const ClaimedJob& job, RandomSource& random);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_JOB_RUNNER_H_
