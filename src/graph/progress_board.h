#ifndef PROTOGRAPH_SRC_GRAPH_PROGRESS_BOARD_H_
#define PROTOGRAPH_SRC_GRAPH_PROGRESS_BOARD_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "graph/core.h"
#include "protograph/exec_ctx.h"

namespace protograph::internal {

// Where an execution's steps say how far they are, and others read it. Thread safe.
class ProgressBoard {
 public:
  struct Counts {
    std::atomic<int64_t> total{0};
    std::atomic<int64_t> done{0};
    std::atomic<int64_t> failed{0};
    std::atomic<int64_t> running{0};
  };

  // The counts of a step, to be added to: an execution may run it several times. They live as long
  // as the board.
  Counts& Of(const StepInfo& step) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Line& line : lines_) {
      // The graph of an earlier step of that address may be gone.
      if (line.step == &step && line.name == step.name) return line.counts;
    }
    return lines_.emplace_back(step).counts;
  }

  std::vector<StepProgress> Read() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<StepProgress> steps;
    for (const Line& line : lines_) {
      const Counts& counts = line.counts;
      steps.push_back({.step = line.name,
                       .total = counts.total.load(std::memory_order_relaxed),
                       .done = counts.done.load(std::memory_order_relaxed),
                       .failed = counts.failed.load(std::memory_order_relaxed),
                       .running = counts.running.load(std::memory_order_relaxed)});
    }
    return steps;
  }

 private:
  struct Line {
    explicit Line(const StepInfo& info) : step(&info), name(info.name) {}
    const StepInfo* step;
    std::string name;  // the graph may be gone before the board
    Counts counts;
  };

  mutable std::mutex mutex_;
  std::deque<Line> lines_;  // places that stay
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_PROGRESS_BOARD_H_
