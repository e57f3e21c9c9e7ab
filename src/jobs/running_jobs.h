#ifndef PROTOGRAPH_SRC_JOBS_RUNNING_JOBS_H_
#define PROTOGRAPH_SRC_JOBS_RUNNING_JOBS_H_

// What a worker's threads run at the moment: for cancelling it, and for noticing what does not end.

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "jobs/job_buffer.h"
#include "protograph/exec_ctx.h"
#include "protograph/execution_observer.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// Why a running job is asked to stop.
enum class StopCause { kNone, kCancelled, kShutdown };

// One job that runs. Observes its execution, so as to know which steps it is at.
class JobInFlight final : public ExecutionObserver {
 public:
  explicit JobInFlight(const FetchedJob& job);

  const std::string& job_id() const { return job_id_; }
  int64_t term() const { return term_; }
  const std::string& owner_id() const { return owner_id_; }
  size_t queue() const { return queue_; }
  std::stop_token stop_token() const { return stop_.get_token(); }

  // The first cause stays.
  void Stop(StopCause cause);
  StopCause cause() const;
  // When it should have ended: at its deadline, or when it was asked to stop. By this machine's
  // clock, whichever its context has.
  absl::Time due() const;
  // Names of the steps it is at.
  std::string steps() const;

  // The context of its execution, for Progress; null once it is over.
  void SetContext(const ExecCtx* ctx);
  // It should have ended so long from now, where that is earlier than what is known.
  void SetTimeLeft(absl::Duration left);
  // How far its steps are that run once for each item.
  std::vector<StepProgress> Progress() const;

  // Its thread has been replaced by another one; false where it was before.
  bool Replace();
  bool is_replaced() const;
  // Whether the caller is the one who tells the store what has become of it: its thread, or who
  // gives it back while it still runs. The first is.
  bool TakeEnd();

  void OnAttemptStart(const ExecCtx& ctx, const StepEvent& event) override;
  void OnAttemptEnd(const ExecCtx& ctx, const StepEvent& event, const absl::Status& status,
                    const google::protobuf::Message* output) override;

 private:
  const std::string job_id_;
  const int64_t term_;
  const std::string owner_id_;
  const size_t queue_;
  std::stop_source stop_;

  mutable std::mutex mutex_;
  StopCause cause_ = StopCause::kNone;
  absl::Time due_;
  const ExecCtx* ctx_ = nullptr;
  bool is_replaced_ = false;
  bool is_end_taken_ = false;
  // Most often one.
  std::vector<std::string> steps_;
};

// Thread safe.
class RunningJobs {
 public:
  std::shared_ptr<JobInFlight> Begin(const FetchedJob& job);
  void End(const JobInFlight& job);

  // False where it does not run here.
  bool Cancel(std::string_view job_id);
  void StopAll(StopCause cause);

  std::vector<std::shared_ptr<JobInFlight>> all() const;
  // Those that should have ended before.
  std::vector<std::shared_ptr<JobInFlight>> DueBefore(absl::Time time) const;

 private:
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<JobInFlight>> jobs_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_RUNNING_JOBS_H_
