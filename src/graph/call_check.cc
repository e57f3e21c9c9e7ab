#include "graph/call_check.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "graph/message_names.h"
#include "protograph/description.pb.h"

namespace protograph::internal {
namespace {

// The faults of a call whose messages have no classes here; for the others see plan.cc.
class CallFaults {
 public:
  CallFaults(std::string_view graph, std::string_view output)
      : call_(fmt::format("Execute<{}> of graph {}", output, graph)) {}

  absl::Status NothingMakes(std::string_view output,
                            const std::vector<std::string>& outputs) const {
    return absl::InvalidArgumentError(
        fmt::format("{}: nothing makes {}: ask for a message that the graph makes ({})", call_,
                    output, fmt::join(outputs, ", ")));
  }
  absl::Status NotNeeded(std::string_view input) const {
    return absl::InvalidArgumentError(
        fmt::format("{} does not need {}: leave that input away", call_, input));
  }
  absl::Status GivenTwice(std::string_view input) const {
    return absl::InvalidArgumentError(
        fmt::format("{} was given {} twice: pass it once", call_, input));
  }
  absl::Status IsCollection(std::string_view name) const {
    return absl::InvalidArgumentError(
        fmt::format("{}: {} is a collection, and a call that names its types takes and returns "
                    "messages: name one that a step makes the collection from, or of it",
                    call_, name));
  }
  // `path`: from the output to what is missing.
  absl::Status Missing(const std::vector<std::string_view>& path) const {
    return absl::InvalidArgumentError(
        fmt::format("{} was not given {}, which it needs ({}): pass "
                    "a {}",
                    call_, path.back(), fmt::join(path, " <- "), path.back()));
  }

 private:
  const std::string call_;
};

// See FullName.
bool IsCollectionName(std::string_view name) { return name.substr(0, 5) == "Many<"; }

// Walks from the output towards the inputs, as PlanMaker does, on names.
class DescribedCall {
 public:
  DescribedCall(const GraphDescription& graph, std::string_view output)
      : graph_(graph), output_(output), faults_(graph.name(), output) {
    for (const std::string& input : graph.inputs()) steps_.emplace(input, nullptr);
    for (const StepDescription& step : graph.steps()) steps_[step.output()] = &step;
  }

  absl::Status Check(std::span<const std::string> inputs) {
    for (const std::string& input : inputs) {
      if (!steps_.contains(input)) return faults_.NotNeeded(input);
      if (IsCollectionName(input)) return faults_.IsCollection(input);
    }
    if (!steps_.contains(output_)) {
      std::vector<std::string> outputs;
      for (const StepDescription& step : graph_.steps()) outputs.push_back(step.output());
      return faults_.NothingMakes(output_, outputs);
    }
    if (IsCollectionName(output_)) return faults_.IsCollection(output_);
    for (const std::string& input : inputs) {
      if (!given_.insert(input).second) return faults_.GivenTwice(input);
    }
    if (absl::Status status = Visit(); !status.ok()) return status;
    for (const std::string& input : inputs) {
      if (!seen_.contains(input)) return faults_.NotNeeded(input);
    }
    return absl::OkStatus();
  }

 private:
  // Depth first without recursion: graphs may be chains of any length.
  absl::Status Visit() {
    struct Level {
      std::string_view type;
      int next_input;
    };
    std::vector<Level> path;
    seen_.insert(output_);
    path.push_back({output_, 0});
    while (!path.empty()) {
      Level& level = path.back();
      if (given_.contains(level.type)) {
        path.pop_back();
        continue;
      }
      const auto made_by = steps_.find(level.type);
      if (made_by == steps_.end() || made_by->second == nullptr) {
        std::vector<std::string_view> types;
        for (const Level& each : path) types.push_back(each.type);
        return faults_.Missing(types);
      }
      const StepDescription& step = *made_by->second;
      if (level.next_input == step.inputs_size()) {
        path.pop_back();
        continue;
      }
      const std::string_view input = step.inputs(level.next_input++);
      if (seen_.insert(input).second) path.push_back({input, 0});
    }
    return absl::OkStatus();
  }

  const GraphDescription& graph_;
  const std::string_view output_;
  const CallFaults faults_;
  // By what they make; null: callers bring it.
  absl::flat_hash_map<std::string_view, const StepDescription*> steps_;
  absl::flat_hash_set<std::string_view> given_;
  absl::flat_hash_set<std::string_view> seen_;
};

void AppendFile(const google::protobuf::FileDescriptor& file,
                absl::flat_hash_set<const google::protobuf::FileDescriptor*>& seen,
                google::protobuf::FileDescriptorSet& files) {
  if (!seen.insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) {
    AppendFile(*file.dependency(i), seen, files);
  }
  file.CopyTo(files.add_file());
}

}  // namespace

absl::StatusOr<CallTypes> FindCallTypes(const GraphCore& core, std::string_view output_type,
                                        std::span<const std::string> input_types) {
  CallTypes types;
  types.output = core.FindType(output_type);
  const auto faults = [&] {
    return CallFaults(core.name(),
                      types.output ? core.DisplayName(types.output) : std::string(output_type));
  };
  for (const std::string& input : input_types) {
    types.inputs.push_back(core.FindType(input));
    if (!types.inputs.back()) return faults().NotNeeded(input);
    if (types.inputs.back().is_many()) return faults().IsCollection(input);
  }
  if (types.output && types.output.is_many()) return faults().IsCollection(output_type);
  if (!types.output) {
    std::vector<std::string> outputs;
    for (const StepRecord& record : core.records()) {
      outputs.push_back(core.DisplayName(record.info->output));
    }
    return faults().NothingMakes(output_type, outputs);
  }
  return types;
}

absl::Status CheckCall(const Graph& graph, std::string_view output_type,
                       std::span<const std::string> input_types) {
  const GraphCore& core = GraphAccess::Core(graph);
  absl::StatusOr<CallTypes> types = FindCallTypes(core, output_type, input_types);
  if (!types.ok()) return std::move(types).status();
  return core.Check({&types->output, 1}, types->inputs);
}

absl::Status CheckCall(const GraphDescription& graph, std::string_view output_type,
                       std::span<const std::string> input_types) {
  return DescribedCall(graph, output_type).Check(input_types);
}

google::protobuf::FileDescriptorSet DescriptorsOf(const Graph& graph) {
  const GraphCore& core = GraphAccess::Core(graph);
  absl::flat_hash_set<const google::protobuf::FileDescriptor*> seen;
  google::protobuf::FileDescriptorSet files;
  for (uint32_t slot = 0; slot < core.slot_count(); ++slot) {
    AppendFile(*core.slot_type(slot).descriptor().file(), seen, files);
  }
  return files;
}

}  // namespace protograph::internal
