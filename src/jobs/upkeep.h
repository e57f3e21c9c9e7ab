#ifndef PROTOGRAPH_SRC_JOBS_UPKEEP_H_
#define PROTOGRAPH_SRC_JOBS_UPKEEP_H_

// What a worker does beside its jobs: leases permits, gives back what has waited too long, asks for
// cancellations that it may not have heard of, and does its part of what somebody has to do for all
// (JobStore::Maintain). That is no job itself, and is tried again for ever.

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/service_thread.h"
#include "jobs/completer.h"
#include "jobs/fetcher.h"
#include "jobs/job_buffer.h"
#include "jobs/progress_publisher.h"
#include "jobs/running_jobs.h"
#include "jobs/schedule_firer.h"
#include "protograph/durability/engine.h"
#include "protograph/jobs/worker.h"
#include "protograph/logger.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

class Upkeep {
 public:
  Upkeep(Engine& engine, JobStore& jobs, const WorkerOptions& options,
         const std::vector<Graph>& graphs, JobBuffer& buffer, RunningJobs& running,
         Completer& completer, Fetcher& fetcher, Logger& logger);

  absl::Status Start();
  void Stop() { thread_.Stop(); }

  // Cancelling this job was requested. Thread safe; blocks nowhere.
  void Cancel(std::string_view job_id);

  // Something may be due before what is known. Thread safe; blocks nowhere.
  void LookForDue();

 private:
  absl::Duration Turn();
  // Says who works and with which graphs, where this owner has not said it yet.
  absl::Status Publish(const std::string& owner_id);
  // What is due next, without the rest of Maintain.
  void Look();
  void LeasePermits(const std::string& owner_id);
  absl::Duration Maintain(const std::string& owner_id);
  void GiveBackOld();
  void Complain(const char* what, const absl::Status& status);

  Engine& engine_;
  JobStore& jobs_;
  const WorkerOptions& options_;
  const std::vector<Graph>& graphs_;
  JobBuffer& buffer_;
  RunningJobs& running_;
  Completer& completer_;
  Fetcher& fetcher_;
  Logger& logger_;
  std::optional<ScheduleFirer> firer_;
  std::optional<ProgressPublisher> progress_;
  std::atomic<bool> is_to_look_{false};

  // Of its thread.
  std::string published_owner_id_;
  absl::Time permits_leased_at_ = absl::InfinitePast();
  absl::Time next_permits_ = absl::InfinitePast();
  absl::Time next_maintain_ = absl::InfinitePast();
  absl::Time looked_at_ = absl::InfinitePast();
  absl::Duration others_fire_for_;
  absl::Time next_cancel_requests_ = absl::InfinitePast();
  absl::Time next_hindrance_ = absl::InfinitePast();
  // When the next scheduled job is due, by this machine's clock.
  absl::Time next_due_ = absl::InfiniteFuture();
  ServiceThread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_UPKEEP_H_
