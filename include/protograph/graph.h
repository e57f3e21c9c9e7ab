#ifndef PROTOGRAPH_GRAPH_H_
#define PROTOGRAPH_GRAPH_H_

// Graph: a validated graph of steps, ready to execute.
//
//   protograph::ExecCtx ctx;
//   absl::StatusOr<TagSet> tags = graph.Execute<TagSet>(ctx, movie_id);
//
// Made by GraphBuilder (graph_builder.h), or by StaticGraph (static_graph.h), which has the
// compiler prove the wiring.

#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/description.pb.h"
#include "protograph/exec_ctx.h"
#include "protograph/internal/graph_core.h"

namespace protograph {

namespace internal {
class GraphAccess;

template <class Output>
constexpr bool CheckOutput() {
  if constexpr (!DataClass<Output>) {
    static_assert(OutputIsNoMessage<Output>::kAllowed,
                  "Protograph: Execute<O> is asked for a type that is no protobuf message: name "
                  "the message that a step of the graph makes");
  }
  return DataClass<Output>;
}

template <class Input>
constexpr bool CheckInput() {
  if constexpr (!DataClass<Input>) {
    static_assert(InputIsNoMessage<Input>::kAllowed,
                  "Protograph: an input of the graph is no protobuf message: pass messages, and "
                  "give clients and settings to GraphBuilder::Provide");
  }
  return DataClass<Input>;
}

template <class Output>
Output TakeAnswer(const Execution& execution, size_t i) {
  const Execution::AnswerPlace answer = execution.Answer(i);
  const Output& data = DataAt<Output>(answer.value);
  if (answer.is_movable) return std::move(const_cast<Output&>(data));
  return data;
}

// Runs the step that is left; its result is constructed where the caller of Execute has its own.
template <class Output>
absl::StatusOr<Output> RunLeftStep(Execution& execution) {
  const auto run = reinterpret_cast<Answerer<Output>>(execution.LeftStep()->answer);
  absl::StatusOr<Output> answer = run(*execution.LeftStep(), execution.call());
  if (!answer.ok()) [[unlikely]] {
    absl::Status status = execution.RetryLeftStep(std::move(answer).status());
    if (status.ok()) {
      answer = TakeAnswer<Output>(execution, 0);
    } else {
      answer = std::move(status);
    }
  }
  return answer;
}
}  // namespace internal

// Immutable and thread safe: any number of threads may execute one graph at once. Copies are cheap
// and share the graph, which lives as long as its last copy.
class Graph {
 public:
  // Makes an `Output`: runs the steps that it needs, each at most once, beginning from `inputs`,
  // and returns when none of them is running any more. An input that a step could make takes the
  // place of that step.
  //
  // Blocks for as long as the steps do. Steps that do not depend on each other run side by side
  // where that saves time; the calling thread takes part.
  //
  // Errors: kInvalidArgument where the graph cannot make an Output, where an input is missing,
  // given twice or not needed; what a step failed with, with the step's name, its attempts and the
  // path from the output in message and payload (see GetStepFailure); kCancelled and
  // kDeadlineExceeded where the context ended.
  template <class Output, class... Inputs>
  absl::StatusOr<Output> Execute(ExecCtx& ctx, const Inputs&... inputs) const {
    if constexpr (!internal::CheckOutput<Output>() || !(internal::CheckInput<Inputs>() && ...)) {
      return absl::InternalError("does not compile");
    } else {
      internal::Execution execution(*core_, ctx);
      absl::Status status =
          Run<Output>(execution, internal::Execution::LastStep::kLeave, inputs...);
      if (!status.ok()) [[unlikely]] {
        return status;
      }
      if (execution.LeftStep() != nullptr) return internal::RunLeftStep<Output>(execution);
      return internal::TakeAnswer<Output>(execution, 0);
    }
  }

  // Several outputs of one execution: what they share is made once.
  template <class... Outputs, class... Inputs>
  absl::StatusOr<std::tuple<Outputs...>> ExecuteAll(ExecCtx& ctx, const Inputs&... inputs) const
      requires(sizeof...(Outputs) > 0) {
    if constexpr (!(internal::CheckOutput<Outputs>() && ...) ||
                  !(internal::CheckInput<Inputs>() && ...)) {
      return absl::InternalError("does not compile");
    } else {
      internal::Execution execution(*core_, ctx);
      absl::Status status =
          Run<Outputs...>(execution, internal::Execution::LastStep::kRun, inputs...);
      if (!status.ok()) return status;
      return TakeAll<Outputs...>(execution, std::index_sequence_for<Outputs...>{});
    }
  }

  // What the graph is made of.
  GraphDescription Describe() const;
  // Describe() as a picture, for Graphviz and for Mermaid.
  std::string ToDot() const;
  std::string ToMermaid() const;

  // What Execute<Output> will do: which steps, in which order, which of them can run side by side,
  // and what the caller must bring. kInvalidArgument where the graph cannot make an Output.
  template <class Output>
  absl::StatusOr<PlanDescription> Explain() const {
    if constexpr (!internal::CheckOutput<Output>()) {
      return absl::InternalError("does not compile");
    } else {
      const internal::TypeKey outputs[] = {internal::KeyOf<Output>()};
      return internal::Explain(*core_, outputs);
    }
  }

  // 32 hexadecimal digits over the names of the steps, what each takes and makes, and the
  // descriptors of the messages. Equal for graphs whose wiring is equal, in whatever order their
  // steps were added; options and the graph's name do not count.
  const std::string& fingerprint() const { return internal::FingerprintOf(*core_); }

 private:
  friend class internal::GraphAccess;

  explicit Graph(std::shared_ptr<const internal::GraphCore> core) : core_(std::move(core)) {}

  template <class... Outputs, class... Inputs>
  static absl::Status Run(internal::Execution& execution, internal::Execution::LastStep last_step,
                          const Inputs&... inputs) {
    const std::array<internal::TypeKey, sizeof...(Outputs)> outputs = {
        internal::KeyOf<Outputs>()...};
    const std::array<internal::TypeKey, sizeof...(Inputs)> types = {internal::KeyOf<Inputs>()...};
    const std::array<internal::Value, sizeof...(Inputs)> values = {internal::ValueOf(inputs)...};
    const internal::CallKind kind = {
        .tag = &internal::kCallTag<internal::TypeList<Outputs...>, internal::TypeList<Inputs...>>,
        .outputs = outputs,
        .inputs = types};
    return execution.Run(kind, values.data(), last_step);
  }

  template <class... Outputs, size_t... kIndex>
  static std::tuple<Outputs...> TakeAll(const internal::Execution& execution,
                                        std::index_sequence<kIndex...>) {
    return {internal::TakeAnswer<Outputs>(execution, kIndex)...};
  }

  std::shared_ptr<const internal::GraphCore> core_;
};

namespace internal {
// The door between a graph and its core, for the library's own parts.
class GraphAccess {
 public:
  static Graph Make(std::shared_ptr<const GraphCore> core) { return Graph(std::move(core)); }
  static const GraphCore& Core(const Graph& graph) { return *graph.core_; }
};
}  // namespace internal

}  // namespace protograph

#endif  // PROTOGRAPH_GRAPH_H_
