#ifndef PROTOGRAPH_SRC_DURABILITY_COUNTERS_H_
#define PROTOGRAPH_SRC_DURABILITY_COUNTERS_H_

#include <atomic>
#include <cstdint>

namespace protograph::internal {

// See EngineStats.
struct Counters {
  std::atomic<int64_t> checkpoints_written{0};
  std::atomic<int64_t> executions_elided{0};
  std::atomic<int64_t> checkpoints_dropped{0};
  std::atomic<int64_t> steps_restored{0};
  std::atomic<int64_t> results_taken{0};
  std::atomic<int64_t> checkpoints_damaged{0};
  std::atomic<int64_t> store_failures{0};
  std::atomic<int64_t> executions_lost{0};
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_COUNTERS_H_
