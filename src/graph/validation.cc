#include "graph/validation.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "graph/message_names.h"

namespace protograph::internal {
namespace {

std::vector<TypeKey> TypesOf(const GraphParts& parts) {
  std::vector<TypeKey> types = parts.inputs;
  for (const StepDefinition& step : parts.steps) {
    types.push_back(step.output);
    types.insert(types.end(), step.inputs.begin(), step.inputs.end());
  }
  return types;
}

class Validator {
 public:
  explicit Validator(GraphParts& parts) : parts_(parts), names_(TypesOf(parts)) {}

  std::vector<std::string> Validate() {
    NameSteps();
    if (parts_.steps.empty()) {
      Fault("graph {} has no steps: call Add<Step>() before Build()", parts_.name);
    }
    CheckNames();
    CheckOptions();
    CheckProvided();
    CheckConstruction();
    CheckOutputs();
    CheckInputs();
    CheckNeeds();
    CheckCycles();
    return std::move(faults_);
  }

 private:
  template <class... Args>
  void Fault(fmt::format_string<Args...> format, Args&&... args) {
    faults_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  std::string Name(TypeKey type) const { return names_.Of(type); }

  void NameSteps() {
    for (StepDefinition& step : parts_.steps) {
      if (!step.options.name.empty()) continue;
      step.options.name = step.type_name.empty() ? Name(step.output) : step.type_name;
    }
  }

  void CheckNames() {
    absl::flat_hash_map<std::string, const StepDefinition*> seen;
    for (const StepDefinition& step : parts_.steps) {
      const auto [first, inserted] = seen.emplace(step.options.name, &step);
      // Two steps for one output are told of as such.
      if (inserted || first->second->output == step.output) continue;
      Fault(
          "two steps are named {}, one makes {} and one makes {}: give one of them another name "
          "with StepOptions::name",
          step.options.name, Name(first->second->output), Name(step.output));
    }
  }

  void CheckOptions() {
    for (const StepDefinition& step : parts_.steps) {
      const absl::Status retry = step.options.retry.Validate();
      if (!retry.ok()) {
        Fault("step {} has a retry policy with {}", step.options.name,
              std::string(retry.message()));
      }
      if (step.options.timeout <= absl::ZeroDuration()) {
        Fault("step {} has a timeout of {}: give it a positive one, or none", step.options.name,
              absl::FormatDuration(step.options.timeout));
      }
      if (step.output.is_many() && step.options.durability == Durability::kSync) {
        Fault(
            "step {} has Durability::kSync and makes a collection, of which there is no "
            "checkpoint: leave it away, and give it to the step that takes the collection",
            step.options.name);
      }
      CheckItemOptions(step);
    }
  }

  void CheckItemOptions(const StepDefinition& step) {
    const ItemOptions& items = step.options.items;
    const std::string& name = step.options.name;
    if (!step.items.has_value()) {
      if (items != ItemOptions()) {
        Fault(
            "step {} has StepOptions::items and does not run once for each item: add it with Map, "
            "or leave them away",
            name);
      }
      return;
    }
    if (items.parallelism < 0) {
      Fault(
          "step {} has an ItemOptions::parallelism of {}: give it a positive one, or 0 for no "
          "limit",
          name, items.parallelism);
    }
    if (items.batch < 0) {
      Fault(
          "step {} has an ItemOptions::batch of {}: give it a positive one, or 0 to let it be "
          "chosen",
          name, items.batch);
    } else if (items.batch > 0 && items.place != ItemPlace::kOnWorkers) {
      Fault(
          "step {} has an ItemOptions::batch and runs its items in its own process: set "
          "ItemOptions::place to ItemPlace::kOnWorkers, or leave the batch away",
          name);
    }
    if (items.place == ItemPlace::kOnWorkers &&
        std::count(step.inputs.begin(), step.inputs.end(), step.inputs.front()) > 1) {
      Fault(
          "step {} has ItemPlace::kOnWorkers and shares the collection that its items come from, "
          "which no worker has as a whole: leave the place away, or make a message of what the "
          "items need of it in a step before",
          name);
    }
    const bool tolerates = items.when_item_fails == WhenItemFails::kTolerate;
    if (items.tolerated_items < 0 || !(items.tolerated_share >= 0 && items.tolerated_share <= 1)) {
      Fault(
          "step {} tolerates {} items and a share of {}: give it a number from 0, and a share from "
          "0 to 1",
          name, items.tolerated_items, items.tolerated_share);
    } else if (tolerates && items.tolerated_items == 0 && items.tolerated_share == 0) {
      Fault(
          "step {} has WhenItemFails::kTolerate and tolerates no item: set "
          "ItemOptions::tolerated_items or tolerated_share",
          name);
    } else if (!tolerates && (items.tolerated_items > 0 || items.tolerated_share > 0)) {
      Fault(
          "step {} says how many items may fail, and not WhenItemFails::kTolerate: set "
          "ItemOptions::when_item_fails, or leave them away",
          name);
    }
  }

  void CheckProvided() {
    std::vector<std::type_index> seen;
    for (const Provided& provided : parts_.provided.all()) {
      const std::string_view name = provided.what.name;
      if (provided.object == nullptr) {
        Fault("{}was provided as null: call Provide<{}>(...) with an object",
              Needers(provided.what.type, name), name);
      }
      if (std::count(seen.begin(), seen.end(), provided.what.type) == 1) {
        Fault("{}was provided more than once: leave one Provide<{}>(...)",
              Needers(provided.what.type, name), name);
      }
      seen.push_back(provided.what.type);
    }
    for (const StepDefinition& step : parts_.steps) {
      for (const Dependency& need : step.dependencies) {
        const Provided* provided = parts_.provided.Find(need.type);
        if (provided == nullptr) {
          Fault(
              "step {} needs {}, which was not provided: call Provide<{}>(...) before Build(), "
              "or give the constructor's arguments in place",
              step.options.name, need.name, need.name);
        } else if (need.is_mutable && !provided->what.is_mutable) {
          Fault(
              "step {} needs a {} that it may change, but a const one was provided: provide it "
              "without const, or let the step take const {}",
              step.options.name, need.name, need.name);
        }
      }
    }
  }

  // "VideoApi, which steps A and B need, " for errors that must name the steps.
  std::string Needers(std::type_index type, std::string_view name) const {
    std::vector<std::string_view> steps;
    for (const StepDefinition& step : parts_.steps) {
      const bool needs = std::any_of(step.dependencies.begin(), step.dependencies.end(),
                                     [&](const Dependency& need) { return need.type == type; });
      if (needs) steps.push_back(step.options.name);
    }
    if (steps.empty()) return fmt::format("{} ", name);
    return fmt::format("{}, which {} {} need{}, ", name, steps.size() == 1 ? "step" : "steps",
                       fmt::join(steps, " and "), steps.size() == 1 ? "s" : "");
  }

  void CheckConstruction() {
    for (const StepDefinition& step : parts_.steps) {
      if (!step.construction.ok()) {
        Fault(
            "step {} could not be made, its constructor threw {}: mend what it was given in place",
            step.options.name, std::string(step.construction.message()));
      } else if (step.instance == nullptr && step.make == nullptr) {
        Fault(
            "step {} has a constructor whose arguments cannot be found among what was provided: "
            "call Configure<{}>(options, args...) before Build()",
            step.options.name, step.type_name);
      }
    }
  }

  void CheckOutputs() {
    absl::flat_hash_map<TypeKey, const StepDefinition*> makers;
    for (const StepDefinition& step : parts_.steps) {
      const auto [maker, inserted] = makers.emplace(step.output, &step);
      if (inserted) continue;
      Fault("steps {} and {} both make {}: remove one, or give one an output type of its own",
            maker->second->options.name, step.options.name, Name(step.output));
    }
  }

  void CheckInputs() {
    absl::flat_hash_set<TypeKey> needed;
    absl::flat_hash_map<TypeKey, const StepDefinition*> makers;
    for (const StepDefinition& step : parts_.steps) {
      needed.insert(step.inputs.begin(), step.inputs.end());
      makers.emplace(step.output, &step);
    }
    absl::flat_hash_set<TypeKey> seen;
    for (TypeKey input : parts_.inputs) {
      const std::string name = Name(input);
      if (!seen.insert(input).second) {
        Fault("{} is declared as an input twice: leave one Input<{}>()", name, name);
      } else if (const auto maker = makers.find(input); maker != makers.end()) {
        Fault(
            "{} is declared as an input and made by step {}: remove Input<{}>(), as a caller may "
            "give Execute a {} in any case",
            name, maker->second->options.name, name, name);
      } else if (!needed.contains(input)) {
        Fault("{} is declared as an input and no step needs it: remove Input<{}>()", name, name);
      }
    }
  }

  void CheckNeeds() {
    absl::flat_hash_set<TypeKey> available(parts_.inputs.begin(), parts_.inputs.end());
    for (const StepDefinition& step : parts_.steps) available.insert(step.output);
    absl::flat_hash_set<TypeKey> told;
    for (const StepDefinition& step : parts_.steps) {
      for (TypeKey input : step.inputs) {
        if (available.contains(input) || !told.insert(input).second) continue;
        std::vector<TypeKey> path = PathFromFinalOutput(step.output);
        path.push_back(input);
        Fault("{}: nothing makes {}: add a step that makes it, or declare Input<{}>()",
              names_.Path(path), Name(input), Name(input));
      }
    }
  }

  // The shortest path to `type` from an output that no step needs; from `type` where there is none.
  std::vector<TypeKey> PathFromFinalOutput(TypeKey type) const {
    absl::flat_hash_map<TypeKey, TypeKey> needed_by;
    std::deque<TypeKey> open = {type};
    needed_by.emplace(type, TypeKey());
    while (!open.empty()) {
      const TypeKey current = open.front();
      open.pop_front();
      bool is_final = true;
      for (const StepDefinition& step : parts_.steps) {
        if (std::count(step.inputs.begin(), step.inputs.end(), current) == 0) continue;
        is_final = false;
        if (needed_by.emplace(step.output, current).second) open.push_back(step.output);
      }
      if (!is_final) continue;
      std::vector<TypeKey> path;
      for (TypeKey t = current; t; t = needed_by.at(t)) path.push_back(t);
      return path;
    }
    return {type};
  }

  void CheckCycles() {
    const std::vector<size_t> order = TopologicalOrder(parts_.steps);
    absl::flat_hash_map<TypeKey, size_t> stuck;  // maker of each output that is not in order
    for (size_t i = 0; i < parts_.steps.size(); ++i) stuck.emplace(parts_.steps[i].output, i);
    for (size_t i : order) {
      const auto maker = stuck.find(parts_.steps[i].output);
      // Not where another step makes the same and is the one that others wait for.
      if (maker != stuck.end() && maker->second == i) stuck.erase(maker);
    }
    // From any stuck step, going to a stuck input again and again must come round.
    while (!stuck.empty()) {
      const auto first =
          std::find_if(parts_.steps.begin(), parts_.steps.end(),
                       [&](const StepDefinition& step) { return stuck.contains(step.output); });
      std::vector<TypeKey> path = {first->output};
      while (true) {
        const StepDefinition& step = parts_.steps[stuck.at(path.back())];
        const auto next = std::find_if(step.inputs.begin(), step.inputs.end(),
                                       [&](TypeKey input) { return stuck.contains(input); });
        if (next == step.inputs.end()) {  // it led to a cycle that has been told of
          stuck.erase(path.back());
          break;
        }
        const auto seen = std::find(path.begin(), path.end(), *next) - path.begin();
        const bool closed = seen < std::ssize(path);
        path.push_back(*next);
        if (!closed) continue;
        path.erase(path.begin(), path.begin() + seen);
        TellOfCycle(path);
        for (TypeKey type : path) stuck.erase(type);
        break;
      }
    }
  }

  void TellOfCycle(const std::vector<TypeKey>& path) {
    std::vector<std::string_view> steps;
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      for (const StepDefinition& step : parts_.steps) {
        if (step.output == path[i]) {
          steps.push_back(step.options.name);
          break;
        }
      }
    }
    Fault("{}: a cycle: let one of the steps {} do without what it takes from the next",
          names_.Path(path), fmt::join(steps, ", "));
  }

  GraphParts& parts_;
  const MessageNames names_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> NameAndValidate(GraphParts& parts) { return Validator(parts).Validate(); }

std::vector<size_t> TopologicalOrder(const std::vector<StepDefinition>& steps) {
  // Kahn, "Topological sorting of large networks", CACM 5 (1962).
  absl::flat_hash_map<TypeKey, size_t> maker;
  for (size_t i = 0; i < steps.size(); ++i) maker.emplace(steps[i].output, i);
  std::vector<std::vector<size_t>> successors(steps.size());
  std::vector<size_t> waits_for(steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    for (TypeKey input : steps[i].inputs) {
      const auto found = maker.find(input);
      if (found == maker.end()) continue;
      successors[found->second].push_back(i);
      ++waits_for[i];
    }
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> free;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (waits_for[i] == 0) free.push(i);
  }
  std::vector<size_t> order;
  while (!free.empty()) {
    const size_t i = free.top();
    free.pop();
    order.push_back(i);
    for (size_t successor : successors[i]) {
      if (--waits_for[successor] == 0) free.push(successor);
    }
  }
  return order;
}

std::vector<std::string> MakeSteps(GraphParts& parts) {
  std::vector<std::string> faults;
  for (StepDefinition& step : parts.steps) {
    if (step.instance != nullptr) continue;
    ConstructInPlace(step, [&] { return step.make(parts.provided); });
    if (!step.construction.ok()) {
      faults.push_back(fmt::format(
          "step {} could not be made, its constructor threw {}: mend what was provided to it",
          step.options.name, std::string(step.construction.message())));
    }
  }
  return faults;
}

}  // namespace protograph::internal
