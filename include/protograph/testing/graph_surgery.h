#ifndef PROTOGRAPH_TESTING_GRAPH_SURGERY_H_
#define PROTOGRAPH_TESTING_GRAPH_SURGERY_H_

// Copies of a graph that differ from it in one step: a step replaced, a step that fails on purpose.
//
//   absl::StatusOr<Graph> offline = ReplaceStep(*graph, [](ExecCtx&, const MovieId& id) {
//     Movie movie;
//     movie.set_id(id.id());
//     return movie;
//   });
//
//   absl::StatusOr<Graph> flaky =
//       FailStep(*graph, "AnalyzeContent", /*on_call=*/1, absl::UnavailableError("busy"));
//   EXPECT_THAT(flaky->Execute<TagSet>(ctx, id), IsOk());  // the second attempt succeeds
//
// The graph itself stays as it is, and may be executed meanwhile; a copy shares its other steps
// (the very objects), what was provided, and the pool. All functions are thread safe. They return
// kInvalidArgument, with the remedy, where the copy cannot be made.

#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/graph.h"
#include "protograph/internal/step_definition.h"
#include "protograph/static_graph.h"
#include "protograph/step_options.h"

namespace protograph::testing {

namespace internal_surgery {
// `keep_options`: the options of the step that goes, instead of the replacement's.
absl::StatusOr<Graph> Replace(const Graph& graph, protograph::internal::StepDefinition replacement,
                              bool keep_options);

template <class Callable>
protograph::internal::StepDefinition Define(Callable&& callable, StepOptions options) {
  return protograph::internal::DefineStep<std::decay_t<Callable>>(std::move(options),
                                                                  std::forward<Callable>(callable));
}
template <class Callable>
protograph::internal::StepDefinition DefineMap(Callable&& callable, StepOptions options) {
  return protograph::internal::DefineStep<Map<std::decay_t<Callable>>>(
      std::move(options), std::forward<Callable>(callable));
}
}  // namespace internal_surgery

// A copy in which `callable` stands for the step that makes its output, with that step's name and
// options. It may take other messages of the graph than the step did. An input of the graph that no
// step of the copy needs is no longer declared: callers leave it away.
template <class Callable>
requires internal::CallableStep<std::decay_t<Callable>> absl::StatusOr<Graph> ReplaceStep(
    const Graph& graph, Callable&& callable) {
  return internal_surgery::Replace(graph,
                                   internal_surgery::Define(std::forward<Callable>(callable), {}),
                                   /*keep_options=*/true);
}

// The same with options of its own; where they have no name, the step's is kept.
template <class Callable>
requires internal::CallableStep<std::decay_t<Callable>> absl::StatusOr<Graph> ReplaceStep(
    const Graph& graph, Callable&& callable, StepOptions options) {
  return internal_surgery::Replace(
      graph, internal_surgery::Define(std::forward<Callable>(callable), std::move(options)),
      /*keep_options=*/false);
}

// The same for a step that runs once for each item: `callable` takes and makes one.
template <class Callable>
requires internal::CallableStep<std::decay_t<Callable>> absl::StatusOr<Graph> ReplaceMapStep(
    const Graph& graph, Callable&& callable) {
  return internal_surgery::Replace(
      graph, internal_surgery::DefineMap(std::forward<Callable>(callable), {}),
      /*keep_options=*/true);
}

// A copy in which the step with this name fails on its call number `on_call`, from 1, with `error`
// instead of running. Each attempt is a call (of each item, where it runs once for each), over all
// executions of the copy. FailStep of the copy
// adds a failure to those there are, and counts from 1 again.
absl::StatusOr<Graph> FailStep(const Graph& graph, std::string_view step, int on_call,
                               absl::Status error);

// The same for a StaticGraph. The copies have no proof: they are Graphs.
template <class InputList, class... Steps, class Callable>
requires internal::CallableStep<std::decay_t<Callable>> absl::StatusOr<Graph> ReplaceStep(
    const StaticGraph<InputList, Steps...>& graph, Callable&& callable) {
  return ReplaceStep(graph.graph(), std::forward<Callable>(callable));
}
template <class InputList, class... Steps, class Callable>
requires internal::CallableStep<std::decay_t<Callable>> absl::StatusOr<Graph> ReplaceStep(
    const StaticGraph<InputList, Steps...>& graph, Callable&& callable, StepOptions options) {
  return ReplaceStep(graph.graph(), std::forward<Callable>(callable), std::move(options));
}
template <class InputList, class... Steps, class Callable>
requires internal::CallableStep<std::decay_t<Callable>> absl::StatusOr<Graph> ReplaceMapStep(
    const StaticGraph<InputList, Steps...>& graph, Callable&& callable) {
  return ReplaceMapStep(graph.graph(), std::forward<Callable>(callable));
}
template <class InputList, class... Steps>
absl::StatusOr<Graph> FailStep(const StaticGraph<InputList, Steps...>& graph, std::string_view step,
                               int on_call, absl::Status error) {
  return FailStep(graph.graph(), step, on_call, std::move(error));
}

}  // namespace protograph::testing

#endif  // PROTOGRAPH_TESTING_GRAPH_SURGERY_H_
