#ifndef PROTOGRAPH_TESTS_JOBS_UNSTEADY_STORE_H_
#define PROTOGRAPH_TESTS_JOBS_UNSTEADY_STORE_H_

// A store of jobs that hands everything on to another one, and can be taken away: before a call
// reaches it, or after it, so that the answer is lost.

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/store/item_store.h"
#include "protograph/store/job_store.h"
#include "protograph/store/store.h"

namespace protograph::tests {

// What becomes of a call of the member that has this name; OK: nothing. Thread safe.
using Fault = std::function<absl::Status(std::string_view call)>;

class Faults {
 public:
  // Makes the calls fail, which are not made then.
  void SetBefore(Fault fault) {
    const std::lock_guard<std::mutex> lock(mutex_);
    before_ = std::move(fault);
  }
  // Makes the calls fail after they were made.
  void SetAfter(Fault fault) {
    const std::lock_guard<std::mutex> lock(mutex_);
    after_ = std::move(fault);
  }
  void Heal() {
    SetBefore(nullptr);
    SetAfter(nullptr);
  }

  template <class Call>
  auto Through(std::string_view name, const Call& call) -> decltype(call()) {
    if (absl::Status fault = Ask(&Faults::before_, name); !fault.ok()) return fault;
    auto answer = call();
    if (absl::Status fault = Ask(&Faults::after_, name); !fault.ok()) return fault;
    return answer;
  }

 private:
  absl::Status Ask(Fault Faults::*which, std::string_view name) {
    Fault fault;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      fault = this->*which;
    }
    return fault == nullptr ? absl::OkStatus() : fault(name);
  }

  std::mutex mutex_;
  Fault before_;
  Fault after_;
};

class UnsteadyJobs final : public JobStore {
 public:
  UnsteadyJobs(JobStore& jobs, Faults& faults) : jobs_(jobs), faults_(faults) {}

  absl::StatusOr<std::vector<SubmittedJob>> Submit(
      std::span<const JobSubmission> submissions) override {
    return faults_.Through("Submit", [&] { return jobs_.Submit(submissions); });
  }
  absl::StatusOr<JobContents> Get(const std::string& job_id) override {
    return faults_.Through("Get", [&] { return jobs_.Get(job_id); });
  }
  absl::StatusOr<std::vector<JobRecord>> List(const JobFilter& filter, const std::string& after,
                                              int limit) override {
    return faults_.Through("List", [&] { return jobs_.List(filter, after, limit); });
  }
  absl::StatusOr<JobState> Cancel(const std::string& job_id) override {
    return faults_.Through("Cancel", [&] { return jobs_.Cancel(job_id); });
  }
  absl::Status Retry(const std::string& job_id) override {
    return faults_.Through("Retry", [&] { return jobs_.Retry(job_id); });
  }
  absl::Status Change(const std::string& job_id, const JobChange& change) override {
    return faults_.Through("Change", [&] { return jobs_.Change(job_id, change); });
  }
  absl::StatusOr<std::vector<ClaimedJob>> Claim(const ClaimRequest& request) override {
    return faults_.Through("Claim", [&] { return jobs_.Claim(request); });
  }
  absl::StatusOr<std::vector<std::string>> Finish(const std::string& owner_id,
                                                  std::span<const JobEnd> ends) override {
    return faults_.Through("Finish", [&] { return jobs_.Finish(owner_id, ends); });
  }
  absl::StatusOr<std::vector<std::string>> MarkStarted(const std::string& owner_id,
                                                       std::span<const RunningJob> jobs) override {
    return faults_.Through("MarkStarted", [&] { return jobs_.MarkStarted(owner_id, jobs); });
  }
  absl::StatusOr<std::vector<std::string>> CancelRequests(const std::string& owner_id) override {
    return faults_.Through("CancelRequests", [&] { return jobs_.CancelRequests(owner_id); });
  }
  absl::StatusOr<std::vector<int>> LeasePermits(const std::string& owner_id,
                                                std::span<const PermitDemand> demands) override {
    return faults_.Through("LeasePermits", [&] { return jobs_.LeasePermits(owner_id, demands); });
  }
  absl::StatusOr<NextDue> FindNextDue() override {
    return faults_.Through("FindNextDue", [&] { return jobs_.FindNextDue(); });
  }
  absl::Status RetireOwner(const std::string& owner_id) override {
    return faults_.Through("RetireOwner", [&] { return jobs_.RetireOwner(owner_id); });
  }
  absl::Status PublishWorker(const WorkerRecord& worker) override {
    return faults_.Through("PublishWorker", [&] { return jobs_.PublishWorker(worker); });
  }
  absl::Status PublishGraph(const PublishedGraph& graph) override {
    return faults_.Through("PublishGraph", [&] { return jobs_.PublishGraph(graph); });
  }
  absl::StatusOr<MaintainResult> Maintain(const MaintainOptions& options) override {
    return faults_.Through("Maintain", [&] { return jobs_.Maintain(options); });
  }
  absl::StatusOr<std::unique_ptr<JobListener>> Listen(const std::string& owner_id,
                                                      JobEvents events) override {
    return faults_.Through("Listen", [&] { return jobs_.Listen(owner_id, std::move(events)); });
  }
  absl::StatusOr<std::vector<QueueRecord>> Queues() override {
    return faults_.Through("Queues", [&] { return jobs_.Queues(); });
  }
  absl::Status Configure(const std::string& queue, const QueueSettings& settings) override {
    return faults_.Through("Configure", [&] { return jobs_.Configure(queue, settings); });
  }
  absl::StatusOr<std::vector<WorkerRecord>> Workers() override {
    return faults_.Through("Workers", [&] { return jobs_.Workers(); });
  }
  absl::StatusOr<std::vector<PublishedGraph>> Graphs() override {
    return faults_.Through("Graphs", [&] { return jobs_.Graphs(); });
  }

 private:
  JobStore& jobs_;
  Faults& faults_;
};

class UnsteadyItems final : public ItemStore {
 public:
  UnsteadyItems(ItemStore& items, Faults& faults) : items_(items), faults_(faults) {}

  absl::Status HandOver(const std::string& owner_id, const FanOut& fan_out) override {
    return faults_.Through("HandOver", [&] { return items_.HandOver(owner_id, fan_out); });
  }
  absl::StatusOr<FanOutRecord> Find(const std::string& parent_id, const std::string& key) override {
    return faults_.Through("Find", [&] { return items_.Find(parent_id, key); });
  }
  absl::StatusOr<absl::Duration> TimeLeft(const std::string& parent_id, int attempt) override {
    return faults_.Through("TimeLeft", [&] { return items_.TimeLeft(parent_id, attempt); });
  }
  absl::StatusOr<std::vector<ItemBatchRecord>> Batches(const std::string& parent_id,
                                                       const std::string& key,
                                                       const std::string& after_job_id,
                                                       int limit) override {
    return faults_.Through("Batches",
                           [&] { return items_.Batches(parent_id, key, after_job_id, limit); });
  }
  absl::Status CancelBatches(std::span<const BatchesToCancel> batches) override {
    return faults_.Through("CancelBatches", [&] { return items_.CancelBatches(batches); });
  }
  absl::Status StoreResults(const std::string& owner_id,
                            std::span<const ItemBatchResult> results) override {
    return faults_.Through("StoreResults", [&] { return items_.StoreResults(owner_id, results); });
  }
  absl::Status Resume(std::span<const ParentToResume> parents) override {
    return faults_.Through("Resume", [&] { return items_.Resume(parents); });
  }
  absl::Status PublishProgress(const std::string& owner_id,
                               std::span<const JobProgress> jobs) override {
    return faults_.Through("PublishProgress",
                           [&] { return items_.PublishProgress(owner_id, jobs); });
  }
  absl::StatusOr<std::vector<StepProgress>> Progress(const std::string& job_id) override {
    return faults_.Through("Progress", [&] { return items_.Progress(job_id); });
  }

 private:
  ItemStore& items_;
  Faults& faults_;
};

class UnsteadyStore final : public Store {
 public:
  // `store` keeps jobs and items.
  explicit UnsteadyStore(std::shared_ptr<Store> store)
      : store_(std::move(store)),
        jobs_(*store_->jobs(), faults_),
        items_(*store_->items(), faults_) {}

  Faults& faults() { return faults_; }

  JobStore* jobs() override { return &jobs_; }
  ItemStore* items() override { return &items_; }
  absl::StatusOr<std::vector<Neighbour>> Register(const Owner& owner,
                                                  absl::Duration lease) override {
    return faults_.Through("Register", [&] { return store_->Register(owner, lease); });
  }
  absl::Status Heartbeat(const std::string& owner_id, absl::Duration lease) override {
    return faults_.Through("Heartbeat", [&] { return store_->Heartbeat(owner_id, lease); });
  }
  absl::Status DeclareDead(const std::string& owner_id) override {
    return faults_.Through("DeclareDead", [&] { return store_->DeclareDead(owner_id); });
  }
  absl::StatusOr<StoreWriteResult> Write(const StoreWrite& write) override {
    return faults_.Through("Write", [&] { return store_->Write(write); });
  }
  absl::StatusOr<std::vector<Checkpoint>> Load(const std::string& workflow_id) override {
    return faults_.Through("Load", [&] { return store_->Load(workflow_id); });
  }
  absl::StatusOr<std::vector<ExecutionRecord>> Resumable(const std::string& after,
                                                         int limit) override {
    return faults_.Through("Resumable", [&] { return store_->Resumable(after, limit); });
  }
  absl::StatusOr<std::vector<ExecutionRecord>> Executions(const std::string& workflow_id,
                                                          int limit) override {
    return faults_.Through("Executions", [&] { return store_->Executions(workflow_id, limit); });
  }
  absl::StatusOr<SweepResult> Sweep(const Retention& retention) override {
    return faults_.Through("Sweep", [&] { return store_->Sweep(retention); });
  }

 private:
  const std::shared_ptr<Store> store_;
  Faults faults_;
  UnsteadyJobs jobs_;
  UnsteadyItems items_;
};

}  // namespace protograph::tests

#endif  // PROTOGRAPH_TESTS_JOBS_UNSTEADY_STORE_H_
