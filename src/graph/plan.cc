#include "graph/plan.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "fmt/format.h"
#include "graph/core.h"
#include "graph/map_groups.h"

namespace protograph::internal {
namespace {

size_t HashOf(std::span<const TypeKey> outputs, std::span<const TypeKey> inputs) {
  return absl::HashOf(outputs.size(), absl::MakeConstSpan(outputs.data(), outputs.size()),
                      absl::MakeConstSpan(inputs.data(), inputs.size()));
}

std::string CallName(const GraphCore& core, std::span<const TypeKey> outputs) {
  std::string names;
  for (TypeKey output : outputs) {
    if (!names.empty()) names += ", ";
    names += core.DisplayName(output);
  }
  return fmt::format("{}<{}> of graph {}", outputs.size() > 1 ? "ExecuteAll" : "Execute", names,
                     core.name());
}

std::string OutputsOf(const GraphCore& core) {
  std::vector<std::string> names;
  for (const StepRecord& record : core.records()) {
    names.push_back(core.DisplayName(record.info->output));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Walks from the outputs towards the inputs.
class PlanMaker {
 public:
  PlanMaker(const GraphCore& core, std::span<const TypeKey> outputs,
            std::span<const TypeKey> inputs)
      : core_(core), outputs_(outputs), inputs_(inputs) {}

  absl::StatusOr<std::unique_ptr<Plan>> Make() {
    given_.resize(core_.slot_count());
    seen_.resize(core_.slot_count());
    if (absl::Status status = TakeInputs(); !status.ok()) return status;
    for (TypeKey output : outputs_) {
      const uint32_t slot = core_.SlotOf(output);
      if (slot == kNone) {
        return absl::InvalidArgumentError(
            fmt::format("{}: nothing makes {}: ask for a message that the graph makes ({})",
                        CallName(core_, outputs_), core_.DisplayName(output), OutputsOf(core_)));
      }
      if (std::count(plan_->output_slots.begin(), plan_->output_slots.end(), slot) > 0) {
        return absl::InvalidArgumentError(fmt::format("{} asks for {} twice: name it once",
                                                      CallName(core_, outputs_),
                                                      core_.DisplayName(output)));
      }
      plan_->output_slots.push_back(slot);
      if (absl::Status status = Visit(slot); !status.ok()) return status;
    }
    for (uint32_t slot : plan_->input_slots) {
      if (!seen_[slot]) return NotNeeded(core_.slot_type(slot));
    }
    // Records lie in topological order.
    std::sort(plan_->steps.begin(), plan_->steps.end());
    GroupMaps(core_, given_, *plan_);
    plan_->outputs.assign(outputs_.begin(), outputs_.end());
    plan_->inputs.assign(inputs_.begin(), inputs_.end());
    FindWidth();
    return std::move(plan_);
  }

 private:
  absl::Status NotNeeded(TypeKey input) const {
    return absl::InvalidArgumentError(fmt::format("{} does not need {}: leave that input away",
                                                  CallName(core_, outputs_),
                                                  core_.DisplayName(input)));
  }

  absl::Status TakeInputs() {
    for (TypeKey input : inputs_) {
      const uint32_t slot = core_.SlotOf(input);
      if (slot == kNone) return NotNeeded(input);
      if (given_[slot]) {
        return absl::InvalidArgumentError(fmt::format("{} was given {} twice: pass it once",
                                                      CallName(core_, outputs_),
                                                      core_.DisplayName(input)));
      }
      given_[slot] = true;
      plan_->input_slots.push_back(slot);
    }
    return absl::OkStatus();
  }

  // Depth first without recursion: graphs may be chains of any length.
  absl::Status Visit(uint32_t wanted) {
    struct Level {
      uint32_t slot;
      size_t next_input;
    };
    std::vector<Level> path;
    if (std::exchange(seen_[wanted], 1) == 0) path.push_back({wanted, 0});
    while (!path.empty()) {
      Level& level = path.back();
      const uint32_t producer = given_[level.slot] ? kNone : core_.ProducerOf(level.slot);
      if (producer == kNone) {
        if (!given_[level.slot]) {
          std::vector<TypeKey> types;
          for (const Level& l : path) types.push_back(core_.slot_type(l.slot));
          const std::string name = core_.DisplayName(types.back());
          return absl::InvalidArgumentError(
              fmt::format("{} was not given {}, which it needs ({}): pass a {}",
                          CallName(core_, outputs_), name, core_.names().Path(types), name));
        }
        path.pop_back();
        continue;
      }
      const StepRecord& record = core_.records()[producer];
      if (level.next_input == record.info->inputs.size()) {
        plan_->steps.push_back(&record);
        plan_->supervised |= record.info->timed && !record.info->is_map();
        plan_->commits |= record.info->options.durability == Durability::kSync;
        path.pop_back();
        continue;
      }
      const uint32_t input = record.inputs[level.next_input++];
      if (std::exchange(seen_[input], 1) == 0) path.push_back({input, 0});
    }
    return absl::OkStatus();
  }

  void FindWidth() {
    const std::vector<const StepRecord*>& steps = plan_->steps;
    std::vector<uint32_t> place_of(core_.records().size(), kNone);
    for (uint32_t i = 0; i < steps.size(); ++i) place_of[core_.NumberOf(*steps[i])] = i;
    std::vector<std::vector<uint32_t>> successors(steps.size());
    plan_->waits_for.assign(steps.size(), 0);
    // What a step of a group waits for, the first of it waits for, and the others for the one
    // before.
    std::vector<uint32_t> first_of(steps.size());
    std::iota(first_of.begin(), first_of.end(), 0);
    const auto add_edge = [&](uint32_t from, uint32_t to) {
      successors[from].push_back(to);
      ++plan_->waits_for[to];
    };
    for (const MapGroup& group : plan_->map_groups) {
      for (uint32_t i = group.first + 1; i < group.first + group.stages.size(); ++i) {
        first_of[i] = group.first;
        add_edge(i - 1, i);
      }
    }
    for (uint32_t i = 0; i < steps.size(); ++i) {
      const StepRecord& record = *steps[i];
      for (size_t k = 0; k < record.info->inputs.size(); ++k) {
        if (given_[record.inputs[k]]) continue;
        const uint32_t producer = core_.ProducerOf(record.inputs[k]);
        if (producer == kNone || first_of[place_of[producer]] == first_of[i]) continue;
        add_edge(place_of[producer], first_of[i]);
      }
    }
    // A chain is the only shape in which each step needs the one before it.
    for (uint32_t i = 1; i < steps.size() && !plan_->wide; ++i) {
      const std::vector<uint32_t>& after = successors[i - 1];
      plan_->wide = std::find(after.begin(), after.end(), i) == after.end();
    }
    if (!plan_->wide) {
      plan_->waits_for = {};
      return;
    }
    plan_->successors_begin.push_back(0);
    for (const std::vector<uint32_t>& after : successors) {
      plan_->successors.insert(plan_->successors.end(), after.begin(), after.end());
      plan_->successors_begin.push_back(static_cast<uint32_t>(plan_->successors.size()));
    }
    DecideConcurrency(successors);
  }

  void DecideConcurrency(const std::vector<std::vector<uint32_t>>& successors) {
    size_t measured = 0;
    for (uint32_t i = 0; i < plan_->steps.size(); ++i) {
      const Concurrency concurrency = plan_->steps[i]->info->options.concurrency;
      measured += concurrency == Concurrency::kAuto ? 1 : 0;
      if (concurrency == Concurrency::kAlways) {
        plan_->always_side_by_side |= RelatedTo(i, successors) < plan_->steps.size();
      }
    }
    if (plan_->always_side_by_side || measured > 1) plan_->mode = Plan::Mode::kSideBySide;
  }

  // How many steps are the step at `place`, needed by it, or need it.
  size_t RelatedTo(uint32_t place, const std::vector<std::vector<uint32_t>>& successors) const {
    const size_t n = plan_->steps.size();
    std::vector<bool> after(n);
    std::vector<bool> before(n);
    after[place] = before[place] = true;
    for (size_t i = place; i < n; ++i) {
      if (!after[i]) continue;
      for (uint32_t successor : successors[i]) after[successor] = true;
    }
    for (size_t i = place; i-- > 0;) {
      for (uint32_t successor : successors[i]) before[i] = before[i] || before[successor];
    }
    size_t related = 0;
    for (size_t i = 0; i < n; ++i) related += after[i] || before[i] ? 1 : 0;
    return related;
  }

  const GraphCore& core_;
  std::span<const TypeKey> outputs_;
  std::span<const TypeKey> inputs_;
  std::unique_ptr<Plan> plan_ = std::make_unique<Plan>();
  std::vector<bool> given_;
  std::vector<char> seen_;  // char: std::exchange needs a reference
};

}  // namespace

PlanTable::PlanTable() {
  generations_.push_back(std::make_unique<Buckets>(16));
  current_.store(generations_.back().get(), std::memory_order_release);
}

PlanTable::~PlanTable() = default;

const Plan* PlanTable::FindLocked(std::span<const TypeKey> outputs,
                                  std::span<const TypeKey> inputs) const {
  const auto found = plans_.find(HashOf(outputs, inputs));
  if (found == plans_.end()) return nullptr;
  for (const std::unique_ptr<const Plan>& plan : found->second) {
    if (plan->IsFor(outputs, inputs)) return plan.get();
  }
  return nullptr;
}

const Plan* PlanTable::FindByTypes(std::span<const TypeKey> outputs,
                                   std::span<const TypeKey> inputs) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return FindLocked(outputs, inputs);
}

const Plan* PlanTable::Add(std::unique_ptr<Plan> plan) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const Plan* other = FindLocked(plan->outputs, plan->inputs); other != nullptr) return other;
  return plans_[HashOf(plan->outputs, plan->inputs)].emplace_back(std::move(plan)).get();
}

void PlanTable::Put(Buckets& buckets, CallTag tag, const Plan* plan) {
  size_t i = Hash(tag);
  while (buckets.entries[i & buckets.mask].tag.load(std::memory_order_relaxed) != nullptr) ++i;
  Bucket& bucket = buckets.entries[i & buckets.mask];
  bucket.plan = plan;
  bucket.tag.store(tag, std::memory_order_release);
  ++buckets.used;
}

void PlanTable::Tag(CallTag tag, const Plan* plan) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Find(tag) != nullptr) return;
  Buckets* buckets = generations_.back().get();
  if ((buckets->used + 1) * 2 <= buckets->entries.size()) {
    Put(*buckets, tag, plan);
    return;
  }
  auto larger = std::make_unique<Buckets>(buckets->entries.size() * 2);
  for (const Bucket& bucket : buckets->entries) {
    const CallTag old = bucket.tag.load(std::memory_order_relaxed);
    if (old != nullptr) Put(*larger, old, bucket.plan);
  }
  Put(*larger, tag, plan);
  current_.store(larger.get(), std::memory_order_release);
  generations_.push_back(std::move(larger));
}

absl::StatusOr<std::unique_ptr<Plan>> MakePlan(const GraphCore& core,
                                               std::span<const TypeKey> outputs,
                                               std::span<const TypeKey> inputs) {
  return PlanMaker(core, outputs, inputs).Make();
}

std::vector<TypeKey> PathTo(const GraphCore& core, const Plan& plan, TypeKey target) {
  // Breadth first from the outputs; came_from holds the slot that needs the slot.
  std::vector<uint32_t> came_from(core.slot_count(), kNone);
  std::vector<bool> is_input(core.slot_count());
  for (uint32_t slot : plan.input_slots) is_input[slot] = true;
  std::deque<uint32_t> open;
  for (uint32_t slot : plan.output_slots) {
    came_from[slot] = slot;
    open.push_back(slot);
  }
  const uint32_t target_slot = core.SlotOf(target);
  while (!open.empty() && came_from[target_slot] == kNone) {
    const uint32_t slot = open.front();
    open.pop_front();
    const uint32_t producer = core.ProducerOf(slot);
    if (is_input[slot] || producer == kNone) continue;
    const StepRecord& record = core.records()[producer];
    for (size_t i = 0; i < record.info->inputs.size(); ++i) {
      if (came_from[record.inputs[i]] != kNone) continue;
      came_from[record.inputs[i]] = slot;
      open.push_back(record.inputs[i]);
    }
  }
  std::vector<TypeKey> path = {target};
  for (uint32_t slot = target_slot; came_from[slot] != kNone && came_from[slot] != slot;) {
    slot = came_from[slot];
    path.push_back(core.slot_type(slot));
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace protograph::internal
