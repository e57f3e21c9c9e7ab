#ifndef PROTOGRAPH_INTERNAL_GRAPH_CORE_H_
#define PROTOGRAPH_INTERNAL_GRAPH_CORE_H_

// Internal: what Graph's templates call. Everything behind it lives in src/graph.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/internal/provided.h"
#include "protograph/internal/step_definition.h"

namespace protograph {

class ExecCtx;
class GraphDescription;
class PlanDescription;
class ThreadPool;

namespace internal {

class CheckpointSession;
class DurableRun;
class FrameCache;
class GraphCore;
struct Plan;

// What a builder has collected.
struct GraphParts {
  std::string name;
  std::vector<TypeKey> inputs;
  std::vector<StepDefinition> steps;
  ProvidedSet provided;
  // Null: the shared pool.
  std::shared_ptr<ThreadPool> pool;
};

// Validates the parts and makes a graph of them, or says everything that is wrong with them.
absl::StatusOr<std::shared_ptr<const GraphCore>> MakeGraphCore(GraphParts parts);

// The parts of a graph, its steps made: for making a graph that differs from it a little.
GraphParts PartsOf(const GraphCore& core);

GraphDescription Describe(const GraphCore& core);
const std::string& FingerprintOf(const GraphCore& core);
absl::StatusOr<PlanDescription> Explain(const GraphCore& core, std::span<const TypeKey> outputs);

// Stands for a kind of call, which is known when the program is compiled: these outputs from these
// inputs. A kind may have several tags, as shared libraries may each have their own.
using CallTag = const char*;
template <class OutputList, class InputList>
inline constexpr char kCallTag = 0;

struct CallKind {
  CallTag tag;
  std::span<const TypeKey> outputs;
  std::span<const TypeKey> inputs;
};

// One call of Execute: owns the frame with all results until it goes out of scope.
class Execution {
 public:
  // Whether Run leaves the step that makes the only output to the caller.
  enum class LastStep { kRun, kLeave };

  Execution(const GraphCore& core, ExecCtx& ctx) : core_(core), ctx_(ctx) {}
  ~Execution() {
    if (cache_ != nullptr) End();
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // Runs what the outputs need. `inputs` are in the order of kind.inputs. Once OK, either
  // LeftStep() is still to be run, or Answer(i) is what outputs[i] asked for.
  absl::Status Run(const CallKind& kind, const Value* inputs, LastStep last_step);

  // The step that Run has left; null where it has left none.
  const StepRecord* LeftStep() const { return left_; }
  StepCall& call() { return call_; }
  // After one attempt of the left step has failed with `error`: tries again as the step's policy
  // says. Once OK, Answer(0) is there.
  absl::Status RetryLeftStep(absl::Status error);

  // The answer, and whether it is the frame's, so that the caller may move it out.
  struct AnswerPlace {
    Value value;
    bool is_movable;
  };
  AnswerPlace Answer(size_t i) const;

 private:
  void Begin();
  // From here on a value that is null has no result in the frame.
  void LeaveGaps();
  void End();
  absl::Status MakePlan(const CallKind& kind);
  absl::Status NoMemory() const;
  absl::Status RunDurable(CheckpointSession& session);
  absl::Status RunByMode(LastStep last_step);
  absl::Status RunAlone(LastStep last_step);
  absl::Status RunTimed();
  absl::Status RunInOrder(LastStep last_step);
  absl::Status RunDurableInOrder();
  void KeepOnlyDone(const DurableRun& run);
  absl::StatusOr<Value> RetryStep(const StepRecord& record);
  absl::Status RunWatched(bool measured);
  absl::Status RunSideBySide();
  uint64_t* Scratch() const;

  const GraphCore& core_;
  ExecCtx& ctx_;
  // Of ctx_, which may be that of a step that calls Execute.
  const StepInfo* outer_step_;
  int outer_attempt_;
  const StepCall* outer_call_;
  const Plan* plan_;
  const StepRecord* left_ = nullptr;
  StepCall call_{};
  // Where the frame came from; null before there is one.
  FrameCache* cache_ = nullptr;
  size_t frame_capacity_;
  // Steps of the plan, in its order, whose results lie in the frame; where steps ran side by side
  // the values tell instead.
  size_t finished_ = 0;
  // Whether values are missing that a finished run in order would have: null tells which.
  bool has_gaps_ = false;
  bool frame_taken_ = false;
};

}  // namespace internal
}  // namespace protograph

#endif  // PROTOGRAPH_INTERNAL_GRAPH_CORE_H_
