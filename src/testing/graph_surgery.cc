#include "protograph/testing/graph_surgery.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "graph/message_names.h"
#include "protograph/internal/graph_core.h"

namespace protograph::testing {
namespace {

using internal::GraphAccess;
using internal::GraphParts;
using internal::StepCall;
using internal::StepDefinition;
using internal::StepRecord;
using internal::TypeKey;

absl::StatusOr<Graph> MakeGraph(GraphParts parts) {
  absl::StatusOr<std::shared_ptr<const internal::GraphCore>> core =
      internal::MakeGraphCore(std::move(parts));
  if (!core.ok()) return core.status();
  return GraphAccess::Make(*std::move(core));
}

template <class Describe>
std::string ListOf(const std::vector<StepDefinition>& steps, Describe describe) {
  std::vector<std::string> words;
  for (const StepDefinition& step : steps) words.push_back(describe(step));
  return fmt::format("{}", fmt::join(words, ", "));
}

bool IsNeeded(TypeKey type, const std::vector<StepDefinition>& steps) {
  return std::any_of(steps.begin(), steps.end(), [&](const StepDefinition& step) {
    return std::count(step.inputs.begin(), step.inputs.end(), type) > 0;
  });
}

// Takes the place of a step's instance.
struct FailingStep {
  std::shared_ptr<void> instance;
  internal::Value (*invoke)(const StepRecord& record, StepCall& call);
  std::map<int, absl::Status> errors;  // by call
  std::atomic<int> calls{0};
};

internal::Value InvokeFailing(const StepRecord& record, StepCall& call) {
  FailingStep& failing = *static_cast<FailingStep*>(record.instance);
  const auto error = failing.errors.find(failing.calls.fetch_add(1) + 1);
  if (error != failing.errors.end()) {
    call.thrown = error->second;
    return nullptr;
  }
  StepRecord original = record;
  original.instance = failing.instance.get();
  return failing.invoke(original, call);
}

}  // namespace

namespace internal_surgery {

absl::StatusOr<Graph> Replace(const Graph& graph, StepDefinition replacement, bool keep_options) {
  GraphParts parts = internal::PartsOf(GraphAccess::Core(graph));
  const auto step =
      std::find_if(parts.steps.begin(), parts.steps.end(),
                   [&](const StepDefinition& each) { return each.output == replacement.output; });
  if (step == parts.steps.end()) {
    return absl::InvalidArgumentError(fmt::format(
        "ReplaceStep: no step of graph {} makes {}: let the callable return what the step makes "
        "that it is to replace ({})",
        parts.name, internal::FullName(replacement.output),
        ListOf(parts.steps, [](const StepDefinition& each) {
          return fmt::format("{} makes {}", each.options.name, internal::FullName(each.output));
        })));
  }
  if (keep_options) {
    replacement.options = step->options;
    // They are for steps that run once for each.
    if (!replacement.items.has_value()) replacement.options.items = {};
  } else if (replacement.options.name.empty()) {
    replacement.options.name = step->options.name;
  }
  *step = std::move(replacement);
  std::erase_if(parts.inputs, [&](TypeKey input) { return !IsNeeded(input, parts.steps); });
  return MakeGraph(std::move(parts));
}

}  // namespace internal_surgery

absl::StatusOr<Graph> FailStep(const Graph& graph, std::string_view step, int on_call,
                               absl::Status error) {
  GraphParts parts = internal::PartsOf(GraphAccess::Core(graph));
  const auto found =
      std::find_if(parts.steps.begin(), parts.steps.end(),
                   [&](const StepDefinition& each) { return each.options.name == step; });
  if (found == parts.steps.end()) {
    return absl::InvalidArgumentError(fmt::format(
        "FailStep: graph {} has no step {}: name one of {}", parts.name, step,
        ListOf(parts.steps, [](const StepDefinition& each) { return each.options.name; })));
  }
  if (on_call < 1) {
    return absl::InvalidArgumentError(fmt::format(
        "FailStep: step {} is to fail on call {}: calls are counted from 1", step, on_call));
  }
  if (error.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("FailStep: step {} is to fail with OK: give an error", step));
  }

  auto failing = std::make_shared<FailingStep>();
  auto& invoke = found->items.has_value() ? found->items->invoke : found->invoke;
  if (invoke == &InvokeFailing) {
    // A chain of such steps would count wrongly: a call that one of them fails never reaches the
    // next.
    const auto& before = *static_cast<const FailingStep*>(found->instance.get());
    failing->instance = before.instance;
    failing->invoke = before.invoke;
    failing->errors = before.errors;
  } else {
    failing->instance = found->instance;
    failing->invoke = invoke;
  }
  failing->errors.insert_or_assign(on_call, std::move(error));
  found->instance = std::move(failing);
  invoke = &InvokeFailing;
  found->answer = nullptr;  // it would go past the failures
  return MakeGraph(std::move(parts));
}

}  // namespace protograph::testing
