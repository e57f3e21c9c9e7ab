#include "graph/map_groups.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <queue>

namespace protograph::internal {
namespace {

class Grouping {
 public:
  Grouping(const GraphCore& core, const std::vector<bool>& given, Plan& plan)
      : core_(core), given_(given), plan_(plan), group_of_(plan.steps.size()) {
    std::iota(group_of_.begin(), group_of_.end(), 0);
    place_of_.assign(core.records().size(), kNone);
    members_.resize(plan.steps.size());
    for (uint32_t i = 0; i < plan.steps.size(); ++i) {
      place_of_[core.NumberOf(*plan.steps[i])] = i;
      members_[i] = {i};
    }
  }

  void Run() {
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) JoinSource(i);
    Rearrange();
    for (uint32_t i = 0; i < plan_.steps.size();) {
      if (plan_.steps[i]->info->is_map()) {
        i += Describe(i);
      } else {
        ++i;
      }
    }
  }

 private:
  // The step of the plan that makes the k-th input; kNone where the caller brings it.
  uint32_t MakerOf(uint32_t step, size_t k) const {
    const uint32_t slot = plan_.steps[step]->inputs[k];
    const uint32_t producer = given_[slot] ? kNone : core_.ProducerOf(slot);
    return producer == kNone ? kNone : place_of_[producer];
  }

  size_t InputsOf(uint32_t step) const { return plan_.steps[step]->info->inputs.size(); }

  // It must see all of its items before the first one runs.
  static bool StandsAlone(const StepInfo& step) { return step.options.items.equal_items_once; }

  void JoinSource(uint32_t step) {
    const StepInfo& info = *plan_.steps[step]->info;
    if (!info.is_map() || StandsAlone(info)) return;
    const uint32_t source = MakerOf(step, 0);
    if (source == kNone || !plan_.steps[source]->info->is_map() ||
        StandsAlone(*plan_.steps[source]->info)) {
      return;
    }
    if (info.options.items.place != plan_.steps[source]->info->options.items.place) return;
    const uint32_t group = group_of_[source];
    if (info.options.items.place == ItemPlace::kOnWorkers && Shares(step, group)) return;
    // The group would wait for what it makes itself.
    for (size_t k = 1; k < InputsOf(step); ++k) {
      if (Needs(MakerOf(step, k), group)) return;
    }
    group_of_[step] = group;
    members_[group].push_back(step);
    members_[step].clear();
  }

  // Whether the step takes the collection that the group's items come from, as a whole: a batch of
  // them has a part of it.
  bool Shares(uint32_t step, uint32_t group) const {
    const uint32_t items = plan_.steps[group]->inputs[0];
    for (size_t k = 1; k < InputsOf(step); ++k) {
      if (plan_.steps[step]->inputs[k] == items) return true;
    }
    return false;
  }

  // Whether `step`, with all that runs together with it, needs anything of `group`.
  bool Needs(uint32_t step, uint32_t group) const {
    if (step == kNone) return false;
    std::vector<bool> seen(plan_.steps.size());
    std::vector<uint32_t> open = {group_of_[step]};
    while (!open.empty()) {
      const uint32_t current = open.back();
      open.pop_back();
      if (current == group) return true;
      if (seen[current]) continue;
      seen[current] = true;
      for (uint32_t member : members_[current]) {
        for (size_t k = 0; k < InputsOf(member); ++k) {
          const uint32_t maker = MakerOf(member, k);
          if (maker != kNone && group_of_[maker] != current) open.push_back(group_of_[maker]);
        }
      }
    }
    return false;
  }

  // Puts groups into a topological order, otherwise as near to the one there was as can be.
  void Rearrange() {
    const size_t n = plan_.steps.size();
    std::vector<uint32_t> waits_for(n);
    std::vector<std::vector<uint32_t>> successors(n);
    for (uint32_t i = 0; i < n; ++i) {
      for (size_t k = 0; k < InputsOf(i); ++k) {
        const uint32_t maker = MakerOf(i, k);
        if (maker == kNone || group_of_[maker] == group_of_[i]) continue;
        successors[group_of_[maker]].push_back(group_of_[i]);
        ++waits_for[group_of_[i]];
      }
    }
    std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> free;
    for (uint32_t i = 0; i < n; ++i) {
      if (group_of_[i] == i && waits_for[i] == 0) free.push(i);
    }
    std::vector<const StepRecord*> steps;
    std::vector<uint32_t> new_group_of;
    while (!free.empty()) {
      const uint32_t group = free.top();
      free.pop();
      const auto first = static_cast<uint32_t>(steps.size());
      for (uint32_t member : members_[group]) {
        steps.push_back(plan_.steps[member]);
        new_group_of.push_back(first);
      }
      for (uint32_t successor : successors[group]) {
        if (--waits_for[successor] == 0) free.push(successor);
      }
    }
    plan_.steps = std::move(steps);
    group_of_ = std::move(new_group_of);
    for (uint32_t i = 0; i < n; ++i) place_of_[core_.NumberOf(*plan_.steps[i])] = i;
  }

  // The group that begins at `first`; returns how many steps it has.
  uint32_t Describe(uint32_t first) {
    MapGroup group;
    group.first = first;
    uint32_t end = first;
    for (; end < plan_.steps.size() && group_of_[end] == first; ++end) {
      const StepRecord& record = *plan_.steps[end];
      const uint32_t source = end == first ? kNone : MakerOf(end, 0);
      group.stages.push_back({.source = source == kNone ? MapGroup::kGroupInput : source - first,
                              .is_kept = IsNeededBeside(record.output, first)});
      group.is_limited |= record.info->options.items.parallelism > 0;
    }
    const uint32_t input = plan_.steps[first]->inputs[0];
    group.owns_input = MakerOf(first, 0) != kNone && !IsNeededBeside(input, first);
    plan_.map_groups.push_back(std::move(group));
    return end - first;
  }

  // Whether the caller, or a step that is not in the group, needs the slot; or one of it needs all.
  bool IsNeededBeside(uint32_t slot, uint32_t group) const {
    const std::vector<uint32_t>& outputs = plan_.output_slots;
    if (std::count(outputs.begin(), outputs.end(), slot) > 0) return true;
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      for (size_t k = 0; k < InputsOf(i); ++k) {
        if (plan_.steps[i]->inputs[k] != slot) continue;
        if (group_of_[i] != group || k > 0) return true;
      }
    }
    return false;
  }

  const GraphCore& core_;
  const std::vector<bool>& given_;
  Plan& plan_;
  // By place in the plan: the first step of its group, by its place.
  std::vector<uint32_t> group_of_;
  std::vector<std::vector<uint32_t>> members_;
  std::vector<uint32_t> place_of_;  // by number of the step
};

}  // namespace

void GroupMaps(const GraphCore& core, const std::vector<bool>& given, Plan& plan) {
  plan.has_maps = std::any_of(plan.steps.begin(), plan.steps.end(),
                              [](const StepRecord* step) { return step->info->is_map(); });
  if (plan.has_maps) Grouping(core, given, plan).Run();
}

}  // namespace protograph::internal
