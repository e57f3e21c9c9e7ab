#include "graph/core.h"

#include <algorithm>
#include <utility>

#include "graph/failure.h"
#include "graph/fingerprint.h"
#include "graph/map_run.h"
#include "graph/validation.h"

namespace protograph::internal {
namespace {

std::vector<TypeKey> TypesOf(const GraphParts& parts) {
  std::vector<TypeKey> types = parts.inputs;
  for (const StepDefinition& step : parts.steps) types.push_back(step.output);
  return types;
}

size_t RoundUp(size_t n, size_t alignment) { return (n + alignment - 1) / alignment * alignment; }

}  // namespace

GraphCore::GraphCore(GraphParts parts) : parts_(std::move(parts)), names_(TypesOf(parts_)) {
  // Slots: the inputs first, then the outputs in the order in which they are made.
  const std::vector<size_t> order = TopologicalOrder(parts_.steps);
  slots_ = parts_.inputs;
  producers_.assign(slots_.size(), kNone);
  size_t input_count = 0;
  for (size_t i : order) {
    producers_.push_back(static_cast<uint32_t>(slots_.size() - parts_.inputs.size()));
    slots_.push_back(parts_.steps[i].output);
    input_count += parts_.steps[i].inputs.size();
  }
  for (uint32_t slot = 0; slot < slots_.size(); ++slot) slot_of_.emplace(slots_[slot], slot);

  // The frame: values by slot, results in the order of the steps, scratch.
  infos_ = std::make_unique<StepInfo[]>(order.size());
  input_slots_.reserve(input_count);  // records point into it
  records_.reserve(order.size());
  size_t frame = slots_.size() * sizeof(void*);
  for (size_t i : order) {
    const StepDefinition& step = parts_.steps[i];
    StepInfo& info = infos_[records_.size()];
    info.name = step.options.name;
    info.options = step.options;
    info.output = step.output;
    info.output_name = FullName(step.output);
    info.inputs = step.inputs;
    info.input_slots = input_slots_.data() + input_slots_.size();
    info.layout = step.layout;
    info.timed = step.options.timeout < absl::InfiniteDuration() ||
                 step.options.retry.budget() < absl::InfiniteDuration();
    frame = RoundUp(frame, step.layout.alignment);
    info.items = step.items;
    records_.push_back({.invoke = info.is_map() ? &RunMapGroup : step.invoke,
                        .destroy = step.layout.destroy,
                        .answer = step.answer,
                        .instance = step.instance.get(),
                        .inputs = info.input_slots,
                        .output = slot_of_.at(step.output),
                        .place = static_cast<uint32_t>(frame),
                        .info = &info,
                        .take_error = step.layout.take_error});
    if (info.is_map()) {
      info.item_record = records_.back();
      info.item_record.invoke = step.items->invoke;
      info.item_record.destroy = step.items->layout->destroy;
      info.item_record.place = 0;
      info.item_record.take_error = step.items->layout->take_error;
    }
    has_items_on_workers_ |= info.options.items.place == ItemPlace::kOnWorkers;
    frame += step.layout.size;
    for (size_t k = 0; k < step.inputs.size(); ++k) {
      input_slots_.push_back(slot_of_.at(step.inputs[k]));
      if (step.inputs[k].is_many()) layouts_.emplace(step.inputs[k], step.input_layouts[k]);
    }
  }
  scratch_offset_ = RoundUp(frame, alignof(uint64_t));
  frame_bytes_ = done_offset() + records_.size();
  fingerprint_ = Fingerprint(parts_);
  has_helpers_ = parts_.pool == nullptr || parts_.pool->max_threads() > 0;

  for (const StepRecord& record : records_) {
    const TypeKey output = record.info->output;
    // Cannot fail in a valid graph: everything it needs is declared or made.
    if (auto plan = MakeDeclaredPlan({&output, 1}); plan.ok()) plans_.Add(*std::move(plan));
  }
}

ThreadPool& GraphCore::pool() const {
  return parts_.pool != nullptr ? *parts_.pool : *ThreadPool::Shared();
}

uint32_t GraphCore::SlotOf(TypeKey type) const {
  const auto found = slot_of_.find(type);
  return found == slot_of_.end() ? kNone : found->second;
}

TypeKey GraphCore::FindType(std::string_view full_name) const {
  for (const TypeKey type : slots_) {
    if (FullName(type) == full_name) return type;
  }
  return {};
}

const ItemLayout* GraphCore::LayoutOf(TypeKey collection) const {
  const auto found = layouts_.find(collection);
  return found == layouts_.end() ? nullptr : found->second;
}

absl::StatusOr<const Plan*> GraphCore::PlanOf(std::span<const TypeKey> outputs,
                                              std::span<const TypeKey> inputs) const {
  const Plan* plan = plans_.FindByTypes(outputs, inputs);
  if (plan != nullptr) return plan;
  absl::StatusOr<std::unique_ptr<Plan>> made = MakePlan(*this, outputs, inputs);
  if (!made.ok()) return made.status();
  return plans_.Add(*std::move(made));
}

absl::StatusOr<const Plan*> GraphCore::MakePlanFor(const CallKind& kind) const {
  absl::StatusOr<const Plan*> plan = PlanOf(kind.outputs, kind.inputs);
  if (plan.ok()) plans_.Tag(kind.tag, *plan);
  return plan;
}

absl::StatusOr<CallTag> GraphCore::MakeTagFor(std::span<const TypeKey> outputs,
                                              std::span<const TypeKey> inputs) const {
  absl::StatusOr<const Plan*> plan = PlanOf(outputs, inputs);
  if (!plan.ok()) return plan.status();
  // The plan's own address: no other call has it, and it is never freed before the table.
  const auto tag = reinterpret_cast<CallTag>(*plan);
  plans_.Tag(tag, *plan);
  return tag;
}

absl::Status GraphCore::Check(std::span<const TypeKey> outputs,
                              std::span<const TypeKey> inputs) const {
  if (plans_.FindByTypes(outputs, inputs) != nullptr) return absl::OkStatus();
  return MakePlan(*this, outputs, inputs).status();
}

absl::StatusOr<std::unique_ptr<Plan>> GraphCore::MakeDeclaredPlan(
    std::span<const TypeKey> outputs) const {
  // Of the declared inputs, those that lie behind the outputs.
  std::vector<char> seen(slots_.size());
  std::vector<uint32_t> open;
  for (TypeKey output : outputs) {
    if (const uint32_t slot = SlotOf(output); slot != kNone) open.push_back(slot);
  }
  while (!open.empty()) {
    const uint32_t slot = open.back();
    open.pop_back();
    if (std::exchange(seen[slot], 1) != 0 || producers_[slot] == kNone) continue;
    const StepRecord& record = records_[producers_[slot]];
    open.insert(open.end(), record.inputs, record.inputs + record.info->inputs.size());
  }
  std::vector<TypeKey> inputs;
  for (TypeKey input : parts_.inputs) {
    if (seen[SlotOf(input)]) inputs.push_back(input);
  }
  return MakePlan(*this, outputs, inputs);
}

absl::StatusOr<std::shared_ptr<const GraphCore>> MakeGraphCore(GraphParts parts) {
  std::vector<std::string> faults = NameAndValidate(parts);
  if (faults.empty()) faults = MakeSteps(parts);
  if (!faults.empty()) return ToStatus(parts.name, faults);
  return std::make_shared<const GraphCore>(std::move(parts));
}

GraphParts PartsOf(const GraphCore& core) { return core.parts(); }

const std::string& FingerprintOf(const GraphCore& core) { return core.fingerprint(); }

}  // namespace protograph::internal
