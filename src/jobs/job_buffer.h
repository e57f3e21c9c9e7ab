#ifndef PROTOGRAPH_SRC_JOBS_JOB_BUFFER_H_
#define PROTOGRAPH_SRC_JOBS_JOB_BUFFER_H_

// Jobs that a worker has fetched and that wait for a thread, by queue. Threads take from the queues
// in proportion to their weights (stride scheduling: Waldspurger and Weihl, MIT/LCS/TM-528, 1995),
// each queue as far as its permits allow.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protograph/jobs/worker.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

struct FetchedJob {
  ClaimedJob job;
  // Who claimed it.
  std::string owner_id;
  // Of its queue, in the worker's options.
  size_t queue = 0;
  std::chrono::steady_clock::time_point fetched_at;
};

// Whether it may have been the reason why two workers died.
inline bool RunsAlone(const FetchedJob& job) { return job.job.crashes > 0; }

// Thread safe.
class JobBuffer {
 public:
  using Clock = std::chrono::steady_clock;

  explicit JobBuffer(const std::vector<WeightedQueue>& queues);

  void Add(std::vector<FetchedJob> jobs);

  // Blocks until there is a job that may be run, which counts as running from then on. Nothing once
  // it is closed.
  std::optional<FetchedJob> Take();
  // A job that was taken from the queue has ended. Of those that run alone none is taken before the
  // one that was has ended: `ran_alone`.
  void Done(size_t queue, bool ran_alone = false);

  // No job is taken any more. Returns those that were left.
  std::vector<FetchedJob> Close();
  bool is_closed() const;
  // Takes out what has waited longer.
  std::vector<FetchedJob> TakeOlderThan(Clock::duration age);

  // The job, which is not in here any more; nothing where it was not.
  std::optional<FetchedJob> Remove(std::string_view job_id);

  struct QueueCounts {
    int waiting = 0;
    int running = 0;
    // What it was given last.
    int permits = 0;

    // How many more may begin.
    int free_permits() const { return std::max(permits - running, 0); }
    // How many of those that wait only wait for a thread.
    int ready() const { return std::min(waiting, free_permits()); }
  };
  std::vector<QueueCounts> counts() const;

  // How many jobs of each queue may run at once from now on: none before the first call.
  void SetPermits(const std::vector<int>& permits);
  // Before other permits are asked for: of queues with a limit no further job begins until
  // SetPermits, so that what is said to be in use is that. Returns the counts.
  std::vector<QueueCounts> HoldPermits();
  // Whether jobs wait for permits while threads wait for jobs.
  bool is_held_up() const;
  int waiting() const;
  // Of all queues; see QueueCounts.
  int ready() const;
  int running() const;
  // Threads that wait for a job.
  int idle() const;

  // Blocks until fewer than `low_ready` jobs are ready or fewer than `low_waiting` wait, Wake is
  // called or the time is over. Whether Wake was called.
  bool WaitForRoom(int low_ready, int low_waiting, Clock::time_point until);
  void Wake();

 private:
  struct Queue {
    double stride = 1;
    // Where the queue is in the virtual time in which each job takes its queue's stride.
    double pass = 0;
    std::deque<FetchedJob> jobs;
    int running = 0;
    int permits = 0;
    // How many of these may be used at the moment.
    int usable = 0;

    bool HasPermit() const { return running < usable; }
    QueueCounts Counts() const {
      return {.waiting = static_cast<int>(jobs.size()), .running = running, .permits = permits};
    }
  };

  // The first that may be run, or the end.
  std::deque<FetchedJob>::iterator NextLocked(Queue& queue);
  Queue* NextLocked();
  std::vector<QueueCounts> CountsLocked() const;
  int ReadyLocked() const;
  bool HasRoomLocked() const { return waiting_ < low_waiting_ || ReadyLocked() < low_ready_; }

  mutable std::mutex mutex_;
  std::condition_variable jobs_changed_;
  std::condition_variable room_changed_;
  std::vector<Queue> queues_;
  double virtual_time_ = 0;
  int waiting_ = 0;
  int running_ = 0;
  int idle_ = 0;
  // Whether a job runs that runs alone.
  bool is_one_alone_ = false;
  int low_ready_ = 0;
  int low_waiting_ = 0;
  bool is_woken_ = false;
  bool is_closed_ = false;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_JOB_BUFFER_H_
