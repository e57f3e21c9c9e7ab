#ifndef PROTOGRAPH_SRC_JOBS_COMPLETER_H_
#define PROTOGRAPH_SRC_JOBS_COMPLETER_H_

// Tells the store what has become of jobs: many with one statement. What ends while a statement is
// on its way makes the next one.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/service_thread.h"
#include "jobs/ended_job.h"
#include "jobs/item_ends.h"
#include "jobs/worker_counters.h"
#include "protograph/durability/engine.h"
#include "protograph/logger.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

class Completer {
 public:
  // `items` may be null, where no job has any.
  Completer(Engine& engine, JobStore& jobs, ItemStore* items, Logger& logger,
            WorkerCounters& counters);

  absl::Status Start();
  // Goes on until everything is told, or so long. Returns how many ends were given up.
  size_t Stop(absl::Duration timeout);

  // Blocks while too many wait, as they do when the store is away. Thread safe.
  void Add(EndedJob job);
  void Add(std::vector<EndedJob> jobs);
  // Blocks until all that was added before is told, or given up.
  void AwaitTold();

 private:
  absl::Duration Turn();
  // Tells a batch of one owner. False where all of it is to be told again; otherwise those are that
  // are held up.
  bool Tell(const std::string& owner_id, std::vector<EndedJob>& batch);
  // Of jobs that are over.
  bool TellEnds(const std::string& owner_id, std::vector<EndedJob>& batch);
  void Count(const std::vector<EndedJob*>& ended, const std::vector<std::string>& refused);

  Engine& engine_;
  JobStore& jobs_;
  ItemEnds items_;
  Logger& logger_;
  WorkerCounters& counters_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<EndedJob> pending_;
  // Those that are being told.
  size_t in_flight_ = 0;
  // Numbers of ends.
  uint64_t added_ = 0;
  uint64_t told_ = 0;
  bool is_given_up_ = false;
  absl::Duration backoff_;
  ServiceThread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_COMPLETER_H_
