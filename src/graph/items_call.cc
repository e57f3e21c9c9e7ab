#include "graph/items_call.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "fmt/format.h"

namespace protograph::internal {

absl::StatusOr<std::unique_ptr<ItemsCall>> ItemsCall::Make(const Graph& graph,
                                                           std::span<const std::string> outputs,
                                                           std::string_view items,
                                                           std::span<const std::string> shared) {
  const GraphCore& core = GraphAccess::Core(graph);
  std::vector<TypeKey> output_types;
  std::vector<TypeKey> input_types;
  const auto unknown = [&](std::string_view name) {
    return absl::InvalidArgumentError(
        fmt::format("graph {} has no {}, which the batch of items names: it was made by another "
                    "version of the graph",
                    core.name(), name));
  };
  for (const std::string& name : outputs) {
    output_types.push_back(core.FindType(name));
    if (!output_types.back()) return unknown(name);
  }
  input_types.push_back(core.FindType(items));
  if (!input_types.back() || core.LayoutOf(input_types.back()) == nullptr) return unknown(items);
  for (const std::string& name : shared) {
    input_types.push_back(core.FindType(name));
    if (!input_types.back()) return unknown(name);
  }
  const absl::StatusOr<CallTag> tag = core.MakeTagFor(output_types, input_types);
  if (!tag.ok()) return tag.status();
  return std::unique_ptr<ItemsCall>(
      new ItemsCall(graph, std::move(output_types), std::move(input_types), *tag));
}

ItemsCall::ItemsCall(Graph graph, std::vector<TypeKey> outputs, std::vector<TypeKey> inputs,
                     CallTag tag)
    : graph_(std::move(graph)),
      core_(GraphAccess::Core(graph_)),
      outputs_(std::move(outputs)),
      inputs_(std::move(inputs)),
      tag_(tag) {}

absl::Status ItemsCall::Execute(ExecCtx& ctx, const ManyBase& items,
                                std::span<const Value> shared) const {
  absl::InlinedVector<Value, 4> values = {&items};
  values.insert(values.end(), shared.begin(), shared.end());
  const CallKind kind = {.tag = tag_, .outputs = outputs_, .inputs = inputs_};
  return Execution(core_, ctx).Run(kind, values.data(), Execution::LastStep::kRun);
}

}  // namespace protograph::internal
