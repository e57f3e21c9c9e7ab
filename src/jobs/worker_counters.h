#ifndef PROTOGRAPH_SRC_JOBS_WORKER_COUNTERS_H_
#define PROTOGRAPH_SRC_JOBS_WORKER_COUNTERS_H_

#include <atomic>
#include <cstdint>

namespace protograph::internal {

// See WorkerStats.
struct WorkerCounters {
  std::atomic<int64_t> succeeded{0};
  std::atomic<int64_t> failed{0};
  std::atomic<int64_t> retried{0};
  std::atomic<int64_t> cancelled{0};
  std::atomic<int64_t> given_back{0};
  std::atomic<int64_t> refused{0};
  std::atomic<int64_t> stuck{0};
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_WORKER_COUNTERS_H_
