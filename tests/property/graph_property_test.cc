// Random graphs, executed one at a time: results, order and number of runs are those of the naive
// reference.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "check_property.h"
#include "checked_execution.h"
#include "erased_graph.h"
#include "graph_case.h"
#include "gtest/gtest.h"
#include "protograph/exec_ctx.h"

namespace protograph::property {
namespace {

void AssertNoComplaints(ErasedGraph& graph) {
  std::string text;
  for (const std::string& complaint : graph.complaints().all()) text += "\n  " + complaint;
  if (!text.empty()) RC_FAIL("complaints:" + text);
  RC_ASSERT(graph.live_results() == 0);
}

TEST(GraphProperty, ExecutesLikeTheReference) {
  CheckProperty(1500, [] {
    ErasedGraph graph(*AnyGraph(200));
    AssertNoComplaints(graph);
    const int repetitions = *Uniform(1, 5);
    const int transient_percent = *rc::gen::element(0, 0, 10, 60);
    for (const auto& call : graph.calls()) {
      for (int i = 0; i < repetitions; ++i) {
        ExecuteAndCheck(graph, *call,
                        {.seed = static_cast<uint32_t>(i), .transient_percent = transient_percent});
      }
    }
    AssertNoComplaints(graph);
  });
}

TEST(GraphProperty, ExecutesLikeTheReferenceThroughTheSwitchesOfTheMeasurement) {
  // Enough executions of each graph that it is measured, switched and measured again.
  CheckProperty(120, [] {
    ErasedGraph graph(*AnyGraph(60));
    AssertNoComplaints(graph);
    for (int i = 0; i < 150; ++i) {
      for (const auto& call : graph.calls()) ExecuteAndCheck(graph, *call, {});
    }
    AssertNoComplaints(graph);
  });
}

// What a call with these inputs, instead of its own, comes to.
absl::Status ExecuteWith(ErasedGraph& graph, const PlannedCall& call,
                         std::vector<uint32_t> inputs) {
  PlannedCall other;
  other.spec = call.spec;
  other.expected = call.expected;
  other.inputs = std::move(inputs);
  ExecutionLog log(graph.types());
  ExecCtx ctx({.values = ContextValues().With(LogOfExecution{&log})});
  std::vector<uint64_t> answers;
  absl::Status status = graph.Execute(ctx, other, log, &answers);
  for (const ExecutionLog::Step& step : log.steps) {
    if (step.attempts > 0) graph.complaints().Add("a step ran although the inputs were wrong");
  }
  return status;
}

TEST(GraphProperty, RefusesInputsThatAreMissingGivenTwiceOrNotNeeded) {
  CheckProperty(800, [] {
    ErasedGraph graph(*AnyGraph(100));
    AssertNoComplaints(graph);
    for (const auto& call : graph.calls()) {
      for (size_t i = 0; i < call->inputs.size(); ++i) {
        std::vector<uint32_t> twice = call->inputs;
        twice.push_back(call->inputs[i]);
        RC_ASSERT(absl::IsInvalidArgument(ExecuteWith(graph, *call, twice)));

        const auto& declared = graph.graph_case().inputs;
        if (std::count(declared.begin(), declared.end(), call->inputs[i]) == 0) continue;
        std::vector<uint32_t> missing = call->inputs;
        missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
        RC_ASSERT(absl::IsInvalidArgument(ExecuteWith(graph, *call, missing)));
      }
      for (const StepSpec& step : graph.graph_case().steps) {
        if (call->expected.values.contains(step.output)) continue;
        std::vector<uint32_t> more = call->inputs;
        more.push_back(step.output);
        RC_ASSERT(absl::IsInvalidArgument(ExecuteWith(graph, *call, more)));
      }
    }
    AssertNoComplaints(graph);
  });
}

}  // namespace
}  // namespace protograph::property
