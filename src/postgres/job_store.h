#ifndef PROTOGRAPH_SRC_POSTGRES_JOB_STORE_H_
#define PROTOGRAPH_SRC_POSTGRES_JOB_STORE_H_

// Jobs in Postgres. What is done to them are functions in the database, see sql/migrations; this
// calls them.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "postgres/claim_cursor.h"
#include "postgres/database.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

class PostgresJobStore final : public JobStore {
 public:
  explicit PostgresJobStore(Database& database) : database_(database) {}

  absl::StatusOr<std::vector<SubmittedJob>> Submit(
      std::span<const JobSubmission> submissions) override;
  absl::StatusOr<std::vector<SubmittedJob>> SubmitIn(
      pqxx::transaction_base& transaction, std::span<const JobSubmission> submissions) override;
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
  absl::Status RetireOwner(const std::string& owner_id) override;
  absl::StatusOr<MaintainResult> Maintain(const MaintainOptions& options) override;
  absl::StatusOr<NextDue> FindNextDue() override;
  absl::StatusOr<std::unique_ptr<JobListener>> Listen(const std::string& owner_id,
                                                      JobEvents events) override;
  absl::StatusOr<std::vector<QueueRecord>> Queues() override;
  absl::Status Configure(const std::string& queue, const QueueSettings& settings) override;
  absl::StatusOr<std::vector<WorkerRecord>> Workers() override;
  absl::StatusOr<std::vector<PublishedGraph>> Graphs() override;

  // For those beside that put jobs before what was claimed last.
  ClaimCursor& cursor() { return cursor_; }

 private:
  absl::StatusOr<std::vector<ClaimedJob>> Recover(const ClaimRequest& request);

  Database& database_;
  ClaimCursor cursor_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_JOB_STORE_H_
