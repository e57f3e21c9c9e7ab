#ifndef PROTOGRAPH_SRC_JOBS_FETCHER_H_
#define PROTOGRAPH_SRC_JOBS_FETCHER_H_

// Claims jobs for a worker's threads: ahead of them, so that they need not wait, and not further
// than they get until the next claim.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/service_thread.h"
#include "jobs/job_buffer.h"
#include "protograph/durability/engine.h"
#include "protograph/jobs/worker.h"
#include "protograph/logger.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

class Fetcher {
 public:
  Fetcher(Engine& engine, JobStore& jobs, JobBuffer& buffer, const WorkerOptions& options,
          Logger& logger);

  absl::Status Start();
  // Also closes the buffer, for which it may be waiting. Returns what was left in it.
  std::vector<FetchedJob> Stop();
  // There may be jobs. Thread safe.
  void Wake() { buffer_.Wake(); }
  // Whether jobs may have been claimed that it was not told of. After Stop.
  bool may_have_lost_claims() const { return recovers_; }
  // Called when claims find nothing and it sleeps: what it was woken for may be due later. Before
  // Start.
  void OnSleep(std::function<void()> on_sleep) { on_sleep_ = std::move(on_sleep); }

 private:
  absl::Duration Turn();
  // How many jobs are run until the next claim has brought others, at least.
  int Ahead();
  // How many jobs should wait for a thread.
  int Target();
  std::vector<QueueDemand> Demands(int room);
  void Receive(std::vector<ClaimedJob> claimed, const std::string& owner_id);

  Engine& engine_;
  JobStore& jobs_;
  JobBuffer& buffer_;
  const WorkerOptions& options_;
  Logger& logger_;
  std::function<void()> on_sleep_;

  // Of its thread.
  int64_t last_term_ = 0;
  std::string last_owner_id_;
  bool recovers_ = false;
  absl::Duration backoff_;
  // How many claims in a row have found nothing.
  int empty_claims_ = 0;
  // Smoothed: what was taken from the buffer a second, and how long a claim takes.
  double taken_per_second_ = 0;
  double claim_seconds_ = 0;
  int waiting_after_claim_ = 0;
  JobBuffer::Clock::time_point last_claim_at_{};
  // By queue: how many jobs the last claim has asked for, and whether it has brought fewer.
  std::vector<int> asked_;
  std::vector<bool> is_dry_;
  // Whether there is a queue that was not asked for any, as it has all it may run for now.
  bool is_one_full_ = false;
  ServiceThread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_FETCHER_H_
