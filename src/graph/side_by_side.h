#ifndef PROTOGRAPH_SRC_GRAPH_SIDE_BY_SIDE_H_
#define PROTOGRAPH_SRC_GRAPH_SIDE_BY_SIDE_H_

// Runs the steps of a plan on several threads, and decides where that pays.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "absl/status/status.h"
#include "graph/core.h"
#include "graph/help_request.h"
#include "graph/plan.h"
#include "protograph/exec_ctx.h"

namespace protograph::internal {

// What running side by side must save: waking a thread costs 5 to 50 microseconds, and so does
// waiting for it at the end.
inline constexpr std::chrono::nanoseconds kWorthwhile = std::chrono::microseconds(50);
// What a step costs more where threads hand steps to each other, about; what was measured of a
// trivial step is little else, and clock readings.
inline constexpr std::chrono::nanoseconds kHandingOver{300};

// Takes down that a step took so long.
void RecordCost(const StepInfo& step, std::chrono::steady_clock::duration cost);

// Compares the time that the plan's steps take one after the other with their critical path, as far
// as both are known, and sets the plan's mode. `scratch` has a word for each of the graph's
// steps.
void DecideWhetherSideBySidePays(const Plan& plan, uint64_t* scratch);

// One execution on several threads. The calling thread works like the helpers, and waits only for
// steps that others are running: with no helper at all it runs everything itself.
class SideBySideRun final : private HelpRequest {
 public:
  // The values of `call` have null for each step of the plan; `scratch` as above.
  SideBySideRun(const StepCall& call, uint64_t* scratch);

  // Returns when no step is running any more. On failure that of the step that failed first.
  absl::Status Run();

 private:
  void Help() override { Work(/*is_caller=*/false); }
  void Work(bool is_caller);
  // Runs the step at `place` of the plan; true where it has made its message.
  bool RunStep(uint32_t place, StepCall& call);
  void Fail(absl::Status status);
  // Both with the lock.
  bool HasWork() const { return ready_begin_ != ready_end_ && failure_.ok(); }
  bool IsOver() const { return running_ == 0 && !HasWork(); }

  const StepCall& call_;
  const Plan& plan_;

  std::stop_source stop_siblings_;

  std::mutex mutex_;
  std::condition_variable changed_;  // the caller waits for it
  bool caller_waits_ = false;
  // By place in the plan: how many steps it waits for.
  uint32_t* const waits_for_;
  // Places of the steps that can run; each is in it once.
  uint32_t* const ready_;
  size_t ready_begin_ = 0;
  size_t ready_end_ = 0;
  size_t running_ = 0;
  absl::Status failure_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_SIDE_BY_SIDE_H_
