#ifndef PROTOGRAPH_SRC_STORE_MEMORY_JOB_STORE_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_JOB_STORE_H_

// Where a MemoryStore keeps jobs. One lock for everything, schedules and items too.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protograph/clock.h"
#include "protograph/store/job_store.h"
#include "store/memory_job_state.h"
#include "store/memory_owners.h"
#include "store/memory_permits.h"

namespace protograph::internal {

class MemoryJobStore final : public JobStore {
 public:
  // All must outlive it.
  MemoryJobStore(Clock& clock, MemoryOwners& owners, MemoryJobState& state);
  MemoryJobStore(const MemoryJobStore&) = delete;
  MemoryJobStore& operator=(const MemoryJobStore&) = delete;

  absl::StatusOr<std::vector<SubmittedJob>> Submit(
      std::span<const JobSubmission> submissions) override;
  absl::StatusOr<JobContents> Get(const std::string& job_id) override;
  absl::StatusOr<std::vector<JobRecord>> List(const JobFilter& filter,
                                              const std::string& after_job_id, int limit) override;
  absl::StatusOr<JobState> Cancel(const std::string& job_id) override;
  absl::Status Retry(const std::string& job_id) override;
  absl::Status Change(const std::string& job_id, const JobChange& change) override;
  absl::StatusOr<std::vector<ClaimedJob>> Claim(const ClaimRequest& request) override;
  absl::StatusOr<std::vector<std::string>> Finish(const std::string& owner_id,
                                                  std::span<const JobEnd> ends) override;
  absl::StatusOr<std::vector<std::string>> MarkStarted(const std::string& owner_id,
                                                       std::span<const RunningJob> jobs) override;
  absl::StatusOr<std::vector<std::string>> CancelRequests(const std::string& owner_id) override;
  absl::StatusOr<std::vector<int>> LeasePermits(const std::string& owner_id,
                                                std::span<const PermitDemand> demands) override;
  absl::Status PublishWorker(const WorkerRecord& worker) override;
  absl::Status PublishGraph(const PublishedGraph& graph) override;
  // Looking for its jobs is no work here.
  absl::Status RetireOwner(const std::string& /*owner_id*/) override { return absl::OkStatus(); }
  absl::StatusOr<MaintainResult> Maintain(const MaintainOptions& options) override;
  absl::StatusOr<NextDue> FindNextDue() override;
  absl::StatusOr<std::unique_ptr<JobListener>> Listen(const std::string& owner_id,
                                                      JobEvents events) override;
  absl::StatusOr<std::vector<QueueRecord>> Queues() override;
  absl::Status Configure(const std::string& queue, const QueueSettings& settings) override;
  absl::StatusOr<std::vector<WorkerRecord>> Workers() override;
  absl::StatusOr<std::vector<PublishedGraph>> Graphs() override;

 private:
  struct PublishedWorker {
    WorkerRecord record;
    absl::Time started_at;
    // Of publications, from 1.
    int64_t sequence = 0;
  };

  // All that follows: the state's lock is held.

  // The jobs that the owner has under larger terms than that.
  std::vector<ClaimedJob> ClaimedSince(const std::string& owner_id, int64_t term) const;
  // Queues what is due, at most so much. Returns how much it was.
  int64_t Promote(absl::Time now, int64_t most);
  void ReturnFromDead(const MaintainOptions& options, absl::Time now, MaintainResult& result);
  // One of a dead owner's.
  void Return(MemoryJob& job, const MaintainOptions& options, absl::Time now,
              MaintainResult& result);
  // Resumes parents whose batches have ended or whose time is over, cancels batches whose parent
  // has ended, and forgets those of which nobody will ask.
  void SeeToItems(const MaintainOptions& options, absl::Time now, MaintainResult& result);
  void RemoveOld(const MaintainOptions& options, absl::Time now, MaintainResult& result);
  void ForgetOwners();
  // What MaintainResult says of what is due.
  NextDue FindNextDue(absl::Time now) const;
  // Whether it is finished, by this owner and so.
  bool IsRepeated(const std::string& owner_id, const JobEnd& end);
  void End(MemoryJob& job, const JobEnd& end, absl::Time now);

  Clock& clock_;
  MemoryOwners& owners_;
  MemoryJobState& state_;
  // Of the state.
  MemoryJobEvents& events_;
  MemoryJobs& jobs_;
  int64_t last_term_ = 0;
  int64_t last_publication_ = 0;
  // By queue.
  std::map<std::string, MemoryPermits> permits_;
  std::map<std::string, PublishedWorker> workers_;
  std::map<std::string, PublishedGraph> graphs_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_JOB_STORE_H_
