#include "protograph/describe.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/duration.pb.h"
#include "graph/core.h"
#include "graph/duration_proto.h"
#include "graph/message_names.h"
#include "protograph/graph.h"

namespace protograph {
namespace internal {
namespace {

StepDescription::Durability ToProto(Durability durability) {
  switch (durability) {
    case Durability::kSync:
      return StepDescription::DURABILITY_SYNC;
    case Durability::kNone:
      return StepDescription::DURABILITY_NONE;
    case Durability::kAsync:
      break;
  }
  return StepDescription::DURABILITY_ASYNC;
}

StepDescription::Concurrency ToProto(Concurrency concurrency) {
  switch (concurrency) {
    case Concurrency::kAuto:
      return StepDescription::CONCURRENCY_AUTO;
    case Concurrency::kAlways:
      return StepDescription::CONCURRENCY_ALWAYS;
    case Concurrency::kNever:
      return StepDescription::CONCURRENCY_NEVER;
  }
  return StepDescription::CONCURRENCY_AUTO;
}

// Places of the values, in the order of the alphabet.
std::map<std::string, size_t> Numbered(const std::set<std::string>& names) {
  std::map<std::string, size_t> numbers;
  for (const std::string& name : names) numbers.emplace(name, numbers.size());
  return numbers;
}

std::string WithoutPackage(const std::string& full_name) {
  constexpr std::string_view kMany = "Many<";
  const std::string name = full_name.substr(full_name.rfind('.') + 1);
  return full_name.starts_with(kMany) && !name.starts_with(kMany) ? std::string(kMany) + name
                                                                  : name;
}

std::string EscapeForDot(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// Mermaid knows character references written with # and ; inside quotes.
std::string EscapeForMermaid(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '#' || c == '<' || c == '>' || c == '&') {
      escaped += fmt::format("#{};", static_cast<int>(c));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// The nodes of a picture: inputs and steps, known by the message that comes out of them.
std::map<std::string, size_t> NodesOf(const GraphDescription& graph) {
  std::set<std::string> names(graph.inputs().begin(), graph.inputs().end());
  for (const StepDescription& step : graph.steps()) names.insert(step.output());
  return Numbered(names);
}

}  // namespace

GraphDescription Describe(const GraphCore& core) {
  GraphDescription graph;
  graph.set_name(core.name());
  graph.set_fingerprint(core.fingerprint());
  for (TypeKey input : core.parts().inputs) graph.add_inputs(FullName(input));
  std::set<TypeKey> needed;
  for (const StepRecord& record : core.records()) {
    const StepInfo& info = *record.info;
    needed.insert(info.inputs.begin(), info.inputs.end());
    StepDescription& step = *graph.add_steps();
    step.set_name(info.name);
    step.set_output(FullName(info.output));
    for (TypeKey input : info.inputs) step.add_inputs(FullName(input));
    step.set_max_attempts(info.options.retry.attempts());
    if (info.options.retry.attempts() > 1) step.set_retry(info.options.retry.ToString());
    if (info.options.timeout < absl::InfiniteDuration()) {
      *step.mutable_timeout() = ToProto(info.options.timeout);
    }
    step.set_concurrency(ToProto(info.options.concurrency));
    step.set_durability(ToProto(info.options.durability));
    step.set_version(info.options.version);
    step.set_for_each_item(info.is_map());
    step.set_items_on_workers(info.options.items.place == ItemPlace::kOnWorkers);
  }
  for (const StepRecord& record : core.records()) {
    if (!needed.contains(record.info->output)) {
      graph.add_final_outputs(FullName(record.info->output));
    }
  }
  return graph;
}

namespace {
// Whether the step at that place of the plan takes its items one by one from another.
bool Streams(const Plan& plan, size_t place) {
  for (const MapGroup& group : plan.map_groups) {
    if (place > group.first && place < group.first + group.stages.size()) return true;
  }
  return false;
}
}  // namespace

absl::StatusOr<PlanDescription> Explain(const GraphCore& core, std::span<const TypeKey> outputs) {
  absl::StatusOr<std::unique_ptr<Plan>> plan = core.MakeDeclaredPlan(outputs);
  if (!plan.ok()) return plan.status();
  PlanDescription description;
  description.set_graph(core.name());
  for (TypeKey output : outputs) description.add_outputs(FullName(output));
  for (TypeKey input : (*plan)->inputs) description.add_inputs(FullName(input));
  std::vector<int> stage_of(core.slot_count());  // 0: brought by the caller
  for (const StepRecord* planned : (*plan)->steps) {
    const StepRecord& record = *planned;
    PlannedStep& step = *description.add_steps();
    step.set_name(record.info->name);
    step.set_output(FullName(record.info->output));
    int stage = 0;
    for (size_t i = 0; i < record.info->inputs.size(); ++i) {
      step.add_inputs(FullName(record.info->inputs[i]));
      stage = std::max(stage, stage_of[record.inputs[i]]);
    }
    stage_of[record.output] = stage + 1;
    step.set_stage(stage + 1);
    step.set_streams(Streams(**plan, static_cast<size_t>(description.steps_size() - 1)));
    description.set_stages(std::max(description.stages(), stage + 1));
  }
  return description;
}

}  // namespace internal

std::string ToDot(const GraphDescription& graph) {
  std::string dot =
      fmt::format("digraph \"{}\" {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n",
                  internal::EscapeForDot(graph.name()));
  const std::map<std::string, size_t> nodes = internal::NodesOf(graph);
  for (const std::string& input : graph.inputs()) {
    dot += fmt::format("  n{} [label=\"{}\", shape=ellipse];\n", nodes.at(input),
                       internal::EscapeForDot(internal::WithoutPackage(input)));
  }
  for (const StepDescription& step : graph.steps()) {
    // Twice the border for a step that runs many times.
    dot += fmt::format("  n{} [label=\"{}\\n{}\", shape=box{}];\n", nodes.at(step.output()),
                       internal::EscapeForDot(step.name()),
                       internal::EscapeForDot(internal::WithoutPackage(step.output())),
                       step.for_each_item() ? ", peripheries=2" : "");
  }
  for (const StepDescription& step : graph.steps()) {
    for (const std::string& input : step.inputs()) {
      dot += fmt::format("  n{} -> n{};\n", nodes.at(input), nodes.at(step.output()));
    }
  }
  return dot + "}\n";
}

std::string ToMermaid(const GraphDescription& graph) {
  std::string mermaid = "flowchart LR\n";
  const std::map<std::string, size_t> nodes = internal::NodesOf(graph);
  for (const std::string& input : graph.inputs()) {
    mermaid += fmt::format("  n{}([\"{}\"])\n", nodes.at(input),
                           internal::EscapeForMermaid(internal::WithoutPackage(input)));
  }
  for (const StepDescription& step : graph.steps()) {
    // With a second border for a step that runs many times.
    mermaid += fmt::format("  n{}[{}\"{}<br/>{}\"{}]\n", nodes.at(step.output()),
                           step.for_each_item() ? "[" : "", internal::EscapeForMermaid(step.name()),
                           internal::EscapeForMermaid(internal::WithoutPackage(step.output())),
                           step.for_each_item() ? "]" : "");
  }
  for (const StepDescription& step : graph.steps()) {
    for (const std::string& input : step.inputs()) {
      mermaid += fmt::format("  n{} --> n{}\n", nodes.at(input), nodes.at(step.output()));
    }
  }
  return mermaid;
}

std::string ToText(const PlanDescription& plan) {
  const auto short_names = [](const auto& full_names) {
    std::vector<std::string> names;
    for (const std::string& name : full_names) names.push_back(internal::WithoutPackage(name));
    return fmt::format("{}", fmt::join(names, ", "));
  };
  size_t widest = 0;
  std::map<int, int> steps_in_stage;
  for (const PlannedStep& step : plan.steps()) {
    widest = std::max(widest, step.name().size());
    ++steps_in_stage[step.stage()];
  }
  std::string text =
      fmt::format("Plan of {} in graph {}: {} step{} in {} stage{}.\nBring: {}.\n",
                  short_names(plan.outputs()), plan.graph(), plan.steps_size(),
                  plan.steps_size() == 1 ? "" : "s", plan.stages(), plan.stages() == 1 ? "" : "s",
                  plan.inputs().empty() ? "nothing" : short_names(plan.inputs()));
  for (int i = 0; i < plan.steps_size(); ++i) {
    const PlannedStep& step = plan.steps(i);
    text +=
        fmt::format("{:>4}. stage {}  {:<{}}  ({}) -> {}", i + 1, step.stage(), step.name(), widest,
                    short_names(step.inputs()), internal::WithoutPackage(step.output()));
    if (steps_in_stage[step.stage()] > 1) {
      text += fmt::format("  [independent of the {} other{} of its stage]",
                          steps_in_stage[step.stage()] - 1,
                          steps_in_stage[step.stage()] == 2 ? "" : "s");
    }
    if (step.streams()) text += "  [item by item]";
    text += "\n";
  }
  return text;
}

GraphDescription Graph::Describe() const { return internal::Describe(*core_); }
std::string Graph::ToDot() const { return protograph::ToDot(Describe()); }
std::string Graph::ToMermaid() const { return protograph::ToMermaid(Describe()); }

}  // namespace protograph
