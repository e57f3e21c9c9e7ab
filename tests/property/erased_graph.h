#ifndef PROTOGRAPH_TESTS_PROPERTY_ERASED_GRAPH_H_
#define PROTOGRAPH_TESTS_PROPERTY_ERASED_GRAPH_H_

// A real graph made of a GraphCase: wiring is known only at run time, so it is put together below
// the templates, with steps that watch the executor at work.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "complaints.h"
#include "graph_case.h"
#include "outcome.h"
#include "protograph/exec_ctx.h"
#include "protograph/internal/graph_core.h"

namespace protograph::property {

// Kept by the steps of one execution. What belongs to one step is not atomic on purpose: the
// executor must order the threads that run a step and those that read its result, and the thread
// sanitizer sees whether it does. What is atomic is relaxed, so that the log itself orders nothing.
struct ExecutionLog {
  struct Step {
    int attempts = 0;
    bool has_made = false;
    // On the log's own clock.
    uint32_t begun_at = 0;
    uint32_t made_at = 0;
  };

  explicit ExecutionLog(size_t types) : steps(types), script(types) {}

  uint32_t Tick() { return ticks.fetch_add(1, std::memory_order_relaxed); }

  // Both by output. The script says what the first attempts do; later ones make the message.
  std::vector<Step> steps;
  std::vector<std::vector<Outcome>> script;
  // Called inside each attempt, with the step's output; may be empty.
  std::function<void(ExecCtx& ctx, uint32_t output)> during;

  std::atomic<uint32_t> ticks{1};
  std::atomic<int> running{0};
  std::atomic<bool> has_returned{false};
};

// The value of a context that leads steps to their log.
struct LogOfExecution {
  ExecutionLog* log;
};

// A call, ready to be made any number of times.
struct PlannedCall {
  CallSpec spec;
  Expectation expected;
  std::vector<uint32_t> inputs;  // in the order in which they are given
  char tag = 0;                  // its address is the CallTag
};

class ErasedGraph {
 public:
  // The graph without its steps' watchfulness: for building invalid graphs.
  static internal::GraphParts PartsOf(const GraphCase& graph_case);

  explicit ErasedGraph(GraphCase graph_case);
  ~ErasedGraph();
  ErasedGraph(const ErasedGraph&) = delete;
  ErasedGraph& operator=(const ErasedGraph&) = delete;

  const GraphCase& graph_case() const { return graph_case_; }
  const std::vector<std::unique_ptr<PlannedCall>>& calls() const { return calls_; }
  const StepSpec& StepFor(uint32_t output) const;
  // Types are below.
  size_t types() const;

  // Execute, below its templates. Answers come in the order of the call's outputs. `log` must be
  // the one that ctx leads to.
  absl::Status Execute(ExecCtx& ctx, const PlannedCall& call, ExecutionLog& log,
                       std::vector<uint64_t>* answers);

  Complaints& complaints() { return complaints_; }
  // Results that exist in frames at the moment.
  int64_t live_results() const { return live_results_.load(); }

 private:
  friend class WatchfulStep;

  const GraphCase graph_case_;
  std::vector<std::unique_ptr<PlannedCall>> calls_;
  Complaints complaints_;
  std::atomic<int64_t> live_results_{0};
  std::shared_ptr<const internal::GraphCore> core_;
};

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_ERASED_GRAPH_H_
