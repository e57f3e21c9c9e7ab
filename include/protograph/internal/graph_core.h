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

class GraphCore;
struct Plan;

// What a builder has collected.
struct GraphParts {
  std::string name;
  std::vector<MessageKey> inputs;
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
absl::StatusOr<PlanDescription> Explain(const GraphCore& core, std::span<const MessageKey> outputs);

// A message that the caller brings.
struct BoundInput {
  MessageKey type;
  const google::protobuf::Message* message;
};

// One call of Execute: owns the frame with all results until it goes out of scope.
class Execution {
 public:
  Execution(const GraphCore& core, ExecCtx& ctx) : core_(core), ctx_(ctx) {}
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // Runs what the outputs need. Once OK, Answer(i) is the message of outputs[i].
  absl::Status Run(std::span<const MessageKey> outputs, std::span<const BoundInput> inputs);

  // The message, and whether it is the frame's, so that the caller may move it out.
  struct AnswerPlace {
    google::protobuf::Message* message;
    bool is_movable;
  };
  AnswerPlace Answer(size_t i) const;

 private:
  absl::Status RunInOrder(StepCall& call);
  absl::Status RunWatched(StepCall& call, bool measured);

  const GraphCore& core_;
  ExecCtx& ctx_;
  const Plan* plan_ = nullptr;
  std::byte* frame_ = nullptr;
  size_t frame_capacity_ = 0;
  // Steps of the plan, in its order, whose results lie in the frame; where steps ran side by side
  // the values tell instead.
  size_t finished_ = 0;
  bool ran_side_by_side_ = false;
};

}  // namespace internal
}  // namespace protograph

#endif  // PROTOGRAPH_INTERNAL_GRAPH_CORE_H_
