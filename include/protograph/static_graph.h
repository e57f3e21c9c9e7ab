#ifndef PROTOGRAPH_STATIC_GRAPH_H_
#define PROTOGRAPH_STATIC_GRAPH_H_

// StaticGraph: a graph whose wiring the compiler has proved.
//
//   using MovieGraph = StaticGraph<Inputs<MovieId>, FetchMovie, AnalyzeContent, TagMovie>;
//
//   absl::StatusOr<MovieGraph> graph =
//       MovieGraph::Builder("movies")
//           .Provide(catalog)
//           .Configure<AnalyzeContent>({.timeout = absl::Seconds(2)})
//           .Build();
//
// A need that nothing meets, two steps for one output, a cycle, an Execute of something that the
// graph cannot make, or with the wrong inputs: none of these compiles. What only exists at run time
// (what is provided, options) is still checked by Build. Execution is Graph's.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/graph.h"
#include "protograph/graph_builder.h"
#include "protograph/internal/constructor_probe.h"
#include "protograph/internal/type_name.h"
#include "protograph/internal/wiring_proof.h"

namespace protograph {

// The messages that callers bring.
template <class... Messages>
struct Inputs {};

namespace internal {
template <class Step>
struct StepIsNotInGraph {
  static constexpr bool kAllowed = false;
};

// Whether `InputList` and `Steps` make a graph. Looks at the wiring only where all parts are sound.
template <class InputList, class... Steps>
struct ProveGraph;
template <class... Messages, class... Steps>
struct ProveGraph<Inputs<Messages...>, Steps...> {
  static constexpr bool Check() {
    if constexpr ((CheckStep<Steps>::kOk && ...) && (CheckInput<Messages>() && ...)) {
      return ProveWiring<TypeList<Messages...>, Steps...>::kOk;
    } else {
      return false;
    }
  }
  static constexpr bool kOk = Check();
};
}  // namespace internal

// As immutable, thread safe and cheap to copy as Graph.
template <class InputList, class... Steps>
class StaticGraph;

template <class... Messages, class... Steps>
class StaticGraph<Inputs<Messages...>, Steps...> {
  static constexpr bool kIsProved = internal::ProveGraph<Inputs<Messages...>, Steps...>::kOk;

 public:
  // Not thread safe. The order of the calls does not matter.
  class Builder {
   public:
    explicit Builder(std::string name) : builder_(std::move(name)) {}

    // See GraphBuilder::Provide.
    template <class... T, class Object>
    Builder& Provide(Object&& object) {
      builder_.template Provide<T...>(std::forward<Object>(object));
      return *this;
    }

    // Options of one of the graph's steps (of Map<Step> too), and its constructor's arguments where
    // they are not to be found among what was provided. A later call for the same step takes the
    // place of an earlier.
    template <class Step, class... Args>
    Builder& Configure(StepOptions options, Args&&... args) {
      constexpr size_t kPlace = PlaceOf<Step>();
      if constexpr (kPlace == sizeof...(Steps)) {
        static_assert(internal::StepIsNotInGraph<Step>::kAllowed,
                      "Protograph: Configure<Step> names a class that is no step of the graph: add "
                      "it to the StaticGraph's list");
      } else {
        using Entry = typename internal::At<kPlace, internal::TypeList<Steps...>>::type;
        configured_[kPlace] =
            internal::DefineStep<Entry>(std::move(options), std::forward<Args>(args)...);
      }
      return *this;
    }

    // See GraphBuilder::UsePool.
    Builder& UsePool(std::shared_ptr<ThreadPool> pool) {
      builder_.UsePool(std::move(pool));
      return *this;
    }

    // See GraphBuilder::Build. A step whose constructor cannot find its arguments among what is
    // provided must have been given them by Configure.
    absl::StatusOr<StaticGraph> Build() const {
      if constexpr (kIsProved) {
        GraphBuilder builder = builder_;
        (builder.Input<Messages>(), ...);
        (builder.parts_.steps.push_back(DefinitionOf<Steps>()), ...);
        absl::StatusOr<Graph> graph = builder.Build();
        if (!graph.ok()) return graph.status();
        return StaticGraph(*std::move(graph));
      } else {
        return absl::InternalError("does not compile");
      }
    }

   private:
    template <class Step>
    internal::StepDefinition DefinitionOf() const {
      const std::optional<internal::StepDefinition>& configured = configured_[PlaceOf<Step>()];
      if (configured.has_value()) return *configured;
      if constexpr (internal::Injection<typename internal::StepClassOf<Step>::type>::kPossible) {
        return internal::DefineStep<Step>(StepOptions{});
      } else {
        // Nothing can make it, which is a fault that Build reports with the others.
        return internal::DefineShell<Step>({});
      }
    }

    // Configure<Step> may name what Map<Step> maps.
    template <class Step, class Entry>
    static constexpr bool Names = std::is_same_v<Step, Entry> ||
                                  std::is_same_v<Step, typename internal::StepClassOf<Entry>::type>;

    template <class Step>
    static constexpr size_t PlaceOf() {
      size_t place = 0;
      static_cast<void>(((Names<Step, Steps> || (++place, false)) || ...));
      return place;
    }

    GraphBuilder builder_;
    std::array<std::optional<internal::StepDefinition>, sizeof...(Steps)> configured_;
  };

  // See Graph::Execute. The call is checked by the compiler.
  template <class Output, class... Given>
  absl::StatusOr<Output> Execute(ExecCtx& ctx, const Given&... given) const {
    if constexpr (SoundCall<internal::TypeList<Output>, internal::TypeList<Given...>>::kOk) {
      return graph_.Execute<Output>(ctx, given...);
    } else {
      return absl::InternalError("does not compile");
    }
  }

  // See Graph::ExecuteAll.
  template <class... Outputs, class... Given>
  absl::StatusOr<std::tuple<Outputs...>> ExecuteAll(ExecCtx& ctx, const Given&... given) const
      requires(sizeof...(Outputs) > 0) {
    if constexpr (SoundCall<internal::TypeList<Outputs...>, internal::TypeList<Given...>>::kOk) {
      return graph_.ExecuteAll<Outputs...>(ctx, given...);
    } else {
      return absl::InternalError("does not compile");
    }
  }

  // The same graph without its proof, for everything that takes a Graph.
  const Graph& graph() const { return graph_; }

  // See Graph.
  GraphDescription Describe() const { return graph_.Describe(); }
  std::string ToDot() const { return graph_.ToDot(); }
  std::string ToMermaid() const { return graph_.ToMermaid(); }
  template <class Output>
  absl::StatusOr<PlanDescription> Explain() const {
    if constexpr (CanExplain<Output>()) {
      return graph_.Explain<Output>();
    } else {
      return absl::InternalError("does not compile");
    }
  }
  const std::string& fingerprint() const { return graph_.fingerprint(); }

 private:
  explicit StaticGraph(Graph graph) : graph_(std::move(graph)) {}

  template <class Output>
  static constexpr bool CanExplain() {
    if constexpr (kIsProved && internal::CheckOutput<Output>()) {
      return internal::ProveMade<internal::Wiring<Steps...>, Output>::kOk;
    } else {
      return false;
    }
  }

  template <class OutputList, class GivenList>
  struct SoundCall;
  template <class... Outputs, class... Given>
  struct SoundCall<internal::TypeList<Outputs...>, internal::TypeList<Given...>> {
    static constexpr bool Check() {
      if constexpr (kIsProved && (internal::CheckOutput<Outputs>() && ...) &&
                    (internal::CheckInput<Given>() && ...)) {
        return internal::ProveCall<internal::Wiring<Steps...>, internal::TypeList<Outputs...>,
                                   internal::TypeList<Given...>>::kOk;
      } else {
        return false;
      }
    }
    static constexpr bool kOk = Check();
  };

  Graph graph_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_STATIC_GRAPH_H_
