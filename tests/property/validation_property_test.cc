// Random graphs with faults planted in them: Build reports each of them, and nothing else.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "check_property.h"
#include "erased_graph.h"
#include "fmt/format.h"
#include "graph_case.h"
#include "gtest/gtest.h"
#include "numbered_messages.h"
#include "protograph/errors.h"

namespace protograph::property {
namespace {

using numbered::Name;

// Spoils a valid graph at a place that `where` decides. `fresh` is a type that nothing knows.
using Planter = void (*)(GraphCase& graph, uint32_t where, uint32_t fresh);

StepSpec& StepAt(GraphCase& graph, uint32_t where) {
  return graph.steps[where % graph.steps.size()];
}

void NeedUnknown(GraphCase& graph, uint32_t where, uint32_t fresh) {
  StepAt(graph, where).inputs.push_back(fresh);
}

void RemoveStep(GraphCase& graph, uint32_t where, uint32_t /*fresh*/) {
  if (graph.steps.size() == 1) return;
  graph.steps.erase(graph.steps.begin() + where % graph.steps.size());
}

void RemoveInput(GraphCase& graph, uint32_t where, uint32_t /*fresh*/) {
  if (graph.inputs.empty()) return;
  graph.inputs.erase(graph.inputs.begin() + where % graph.inputs.size());
}

// A second maker that adds no need of its own.
void MakeTwice(GraphCase& graph, uint32_t where, uint32_t /*fresh*/) {
  StepSpec copy = StepAt(graph, where);
  graph.steps.push_back(std::move(copy));
}

void DeclareTwice(GraphCase& graph, uint32_t where, uint32_t /*fresh*/) {
  if (graph.inputs.empty()) return;
  graph.inputs.push_back(graph.inputs[where % graph.inputs.size()]);
}

void DeclareUnneeded(GraphCase& graph, uint32_t /*where*/, uint32_t fresh) {
  graph.inputs.push_back(fresh);
}

void DeclareMade(GraphCase& graph, uint32_t where, uint32_t /*fresh*/) {
  graph.inputs.push_back(StepAt(graph, where).output);
}

// Any need of what another step makes; a cycle where that one needs this one in turn.
void NeedAnother(GraphCase& graph, uint32_t where, uint32_t /*fresh*/) {
  StepSpec& step = StepAt(graph, where);
  const uint32_t other = StepAt(graph, where / 256).output;
  if (other == step.output) return;
  if (std::count(step.inputs.begin(), step.inputs.end(), other) == 0) step.inputs.push_back(other);
}

// The reference: asks for each kind of fault by itself, in the plainest way.
class Reference {
 public:
  explicit Reference(const GraphCase& graph) : graph_(graph) {
    for (const StepSpec& step : graph.steps) {
      makers_[step.output].push_back(&step);
      needed_.insert(step.inputs.begin(), step.inputs.end());
    }
    // Who needs what, by the first maker; closed over by Warshall's algorithm.
    for (const auto& [type, makers] : makers_) {
      const std::vector<uint32_t>& inputs = makers.front()->inputs;
      reaches_[type] = std::set<uint32_t>(inputs.begin(), inputs.end());
    }
    for (const auto& [via, unused] : makers_) {
      for (auto& [from, reached] : reaches_) {
        if (!reached.contains(via)) continue;
        const std::set<uint32_t> more = reaches_[via];
        reached.insert(more.begin(), more.end());
      }
    }
  }

  // Faults whose whole text is known.
  std::multiset<std::string> Texts() const {
    std::multiset<std::string> texts;
    for (const auto& [type, makers] : makers_) {
      for (size_t i = 1; i < makers.size(); ++i) {
        texts.insert(fmt::format(
            "steps {} and {} both make {}: remove one, or give one an output type of its own",
            StepName(makers[0]), StepName(makers[i]), Name(type)));
      }
    }
    std::set<uint32_t> seen;
    for (uint32_t input : graph_.inputs) {
      const std::string name = Name(input);
      if (!seen.insert(input).second) {
        texts.insert(
            fmt::format("{0} is declared as an input twice: leave one Input<{0}>()", name));
      } else if (const auto maker = makers_.find(input); maker != makers_.end()) {
        texts.insert(
            fmt::format("{0} is declared as an input and made by step {1}: remove "
                        "Input<{0}>(), as a caller may give Execute a {0} in any case",
                        name, StepName(maker->second.front())));
      } else if (!needed_.contains(input)) {
        texts.insert(fmt::format(
            "{0} is declared as an input and no step needs it: remove Input<{0}>()", name));
      }
    }
    return texts;
  }

  // What is needed and neither made nor declared.
  std::set<uint32_t> Missing() const {
    std::set<uint32_t> missing;
    for (uint32_t type : needed_) {
      if (!makers_.contains(type) &&
          std::count(graph_.inputs.begin(), graph_.inputs.end(), type) == 0) {
        missing.insert(type);
      }
    }
    return missing;
  }

  // Groups of types that all need each other.
  std::set<std::set<uint32_t>> Tangles() const {
    std::set<std::set<uint32_t>> tangles;
    for (const auto& [type, reached] : reaches_) {
      if (!reached.contains(type)) continue;
      std::set<uint32_t> tangle;
      for (uint32_t other : reached) {
        if (reaches_.contains(other) && reaches_.at(other).contains(type)) tangle.insert(other);
      }
      tangles.insert(std::move(tangle));
    }
    return tangles;
  }

  // Whether some step that makes `output` takes `input`.
  bool Needs(uint32_t output, uint32_t input) const {
    const auto makers = makers_.find(output);
    return makers != makers_.end() &&
           std::any_of(makers->second.begin(), makers->second.end(), [&](const StepSpec* step) {
             return std::count(step->inputs.begin(), step->inputs.end(), input) > 0;
           });
  }

 private:
  std::string StepName(const StepSpec* step) const {
    return fmt::format("Step{}", step - graph_.steps.data());
  }

  const GraphCase& graph_;
  std::map<uint32_t, std::vector<const StepSpec*>> makers_;
  std::set<uint32_t> needed_;
  std::map<uint32_t, std::set<uint32_t>> reaches_;
};

// The types of "M3 <- M2 <- M1: ..."; nothing where the fault does not begin with a path.
std::vector<uint32_t> PathOf(const std::string& fault) {
  std::vector<uint32_t> path;
  std::istringstream words(fault.substr(0, fault.find(':')));
  std::string word;
  while (words >> word) {
    if (word != "<-") path.push_back(numbered::TypeNamed(word));
  }
  return path;
}

// What is wrong with the faults that were reported; nothing where they are those of the reference.
std::optional<std::string> Compare(const Reference& reference,
                                   const std::vector<std::string>& faults) {
  std::multiset<std::string> texts = reference.Texts();
  std::set<uint32_t> missing = reference.Missing();
  const std::set<std::set<uint32_t>> tangles = reference.Tangles();
  std::set<std::set<uint32_t>> told;
  for (const std::string& fault : faults) {
    if (const auto text = texts.find(fault); text != texts.end()) {
      texts.erase(text);
      continue;
    }
    const std::vector<uint32_t> path = PathOf(fault);
    for (size_t i = 1; i < path.size(); ++i) {
      if (!reference.Needs(path[i - 1], path[i])) return "a path that is none: " + fault;
    }
    if (path.size() < 2) return "an unexpected fault: " + fault;
    const std::string name = Name(path.back());
    if (fault.ends_with(fmt::format(": nothing makes {0}: add a step that makes it, or declare "
                                    "Input<{0}>()",
                                    name))) {
      if (missing.erase(path.back()) == 0) return "not missing, or told twice: " + fault;
      continue;
    }
    if (fault.find(": a cycle: ") == std::string::npos || path.front() != path.back()) {
      return "an unexpected fault: " + fault;
    }
    const auto tangle = std::find_if(tangles.begin(), tangles.end(),
                                     [&](const auto& t) { return t.contains(path.front()); });
    if (tangle == tangles.end()) return "a cycle that is none: " + fault;
    told.insert(*tangle);
  }
  if (!texts.empty()) return "not reported: " + *texts.begin();
  if (!missing.empty()) return "not reported as missing: " + Name(*missing.begin());
  if (told.size() < tangles.size()) return "a cycle was not reported";
  return std::nullopt;
}

TEST(ValidationProperty, BuildReportsEveryPlantedFaultAndNoOther) {
  CheckProperty(3000, [] {
    GraphCase graph = *AnyGraph(80);
    graph.calls.clear();
    const auto plants = *rc::gen::resize(
        8, rc::gen::container<std::vector<std::pair<uint32_t, uint32_t>>>(
               rc::gen::pair(Uniform<uint32_t>(0, 9), Uniform<uint32_t>(0, 1U << 16))));
    // What makes two steps for one type comes last: which of them a cycle goes through is nobody's
    // business.
    constexpr Planter kPlanters[] = {NeedUnknown,     RemoveStep,  RemoveInput, DeclareTwice,
                                     DeclareUnneeded, DeclareMade, NeedAnother, NeedAnother};
    uint32_t fresh = 240;
    for (const auto& [kind, where] : plants) {
      if (kind < std::size(kPlanters)) kPlanters[kind](graph, where, fresh++);
    }
    for (const auto& [kind, where] : plants) {
      if (kind == std::size(kPlanters)) MakeTwice(graph, where, 0);
    }
    RC_LOG() << graph;

    const Reference reference(graph);
    const bool is_valid =
        reference.Texts().empty() && reference.Missing().empty() && reference.Tangles().empty();
    const auto core = internal::MakeGraphCore(ErasedGraph::PartsOf(graph));
    RC_ASSERT(core.ok() == is_valid);
    if (is_valid) return;
    RC_ASSERT(absl::IsInvalidArgument(core.status()));
    const auto payload = GetGraphFaults(core.status());
    RC_ASSERT(payload.has_value());
    const std::vector<std::string> faults(payload->faults().begin(), payload->faults().end());
    if (const auto difference = Compare(reference, faults)) {
      RC_FAIL(*difference + "\n" + std::string(core.status().message()));
    }
  });
}

}  // namespace
}  // namespace protograph::property
