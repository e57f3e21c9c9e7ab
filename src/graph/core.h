#ifndef PROTOGRAPH_SRC_GRAPH_CORE_H_
#define PROTOGRAPH_SRC_GRAPH_CORE_H_

// The graph as executors see it: steps in one topological order, a slot for each message type, one
// layout of the frame, and the plans.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "graph/message_names.h"
#include "graph/plan.h"
#include "protograph/internal/graph_core.h"
#include "protograph/internal/step_definition.h"
#include "protograph/thread_pool.h"

namespace protograph::internal {

inline constexpr uint32_t kNone = UINT32_MAX;

// What is known about a step beyond running it.
struct StepInfo {
  std::string name;
  StepOptions options;
  TypeKey output;
  std::string output_name;  // see FullName
  std::vector<TypeKey> inputs;
  const uint32_t* input_slots;
  ResultLayout layout;
  // Of a step that runs once for each item of its first input, and how one item is run: into a
  // place of its own, so that frame is where that lies and place is 0.
  std::optional<ItemShell> items;
  StepRecord item_record{};
  // Whether an attempt needs the time: a timeout or a budget.
  bool timed;
  // Smoothed time of one run in nanoseconds; 0 before the first measurement.
  mutable std::atomic<uint32_t> cost_ns{0};
  // The same of an item with what runs together with it, and whether it blocked more than it
  // worked.
  mutable std::atomic<uint32_t> item_cost_ns{0};
  mutable std::atomic<bool> items_block{false};

  bool is_map() const { return items.has_value(); }
};

class GraphCore : public std::enable_shared_from_this<GraphCore> {
 public:
  // The parts must be valid: see validation.h.
  explicit GraphCore(GraphParts parts);

  const GraphParts& parts() const { return parts_; }
  const std::string& name() const { return parts_.name; }
  const std::string& fingerprint() const { return fingerprint_; }
  ThreadPool& pool() const;
  // Whether the pool can have any thread.
  bool has_helpers() const { return has_helpers_; }

  // Steps by their number, which is their place in a topological order.
  std::span<const StepRecord> records() const { return records_; }

  // Whether a step has ItemPlace::kOnWorkers.
  bool has_items_on_workers() const { return has_items_on_workers_; }

  // Slots stand for message types.
  size_t slot_count() const { return slots_.size(); }
  TypeKey slot_type(uint32_t slot) const { return slots_[slot]; }
  // By its full name (see FullName); no type where the graph does not know it.
  TypeKey FindType(std::string_view full_name) const;
  // How the items of a collection lie that a step takes; null for other types.
  const ItemLayout* LayoutOf(TypeKey collection) const;
  // kNone where the graph does not know the type.
  uint32_t SlotOf(TypeKey type) const;
  // Number of the step that makes the slot's message; kNone where callers bring it.
  uint32_t ProducerOf(uint32_t slot) const { return producers_[slot]; }

  // Of the frame: values by slot, then the results, then from scratch_offset() one word of 8 bytes
  // a step, for whoever runs it, and from done_offset() one byte a step, for DurableRun.
  size_t frame_bytes() const { return frame_bytes_; }
  size_t scratch_offset() const { return scratch_offset_; }
  size_t done_offset() const { return scratch_offset_ + records_.size() * sizeof(uint64_t); }

  const MessageNames& names() const { return names_; }
  std::string DisplayName(TypeKey type) const { return names_.Of(type); }

  uint32_t NumberOf(const StepRecord& record) const {
    return static_cast<uint32_t>(&record - records_.data());
  }

  // The plan of a call; null where it is the first of its tag.
  const Plan* FindPlan(CallTag tag) const { return plans_.Find(tag); }
  // The plan of a call, made where there was none. Lives as long as the graph.
  absl::StatusOr<const Plan*> MakePlanFor(const CallKind& kind) const;
  // A tag for calls whose types are known only at run time, always the same for the same types; its
  // plan is there from then on. Lives as long as the graph.
  absl::StatusOr<CallTag> MakeTagFor(std::span<const TypeKey> outputs,
                                     std::span<const TypeKey> inputs) const;
  // Whether the graph can make the outputs from these inputs: OK, or the error of Execute. Keeps no
  // plan.
  absl::Status Check(std::span<const TypeKey> outputs, std::span<const TypeKey> inputs) const;

  // The plan for these outputs from those of the declared inputs that they need. Not in the table.
  absl::StatusOr<std::unique_ptr<Plan>> MakeDeclaredPlan(std::span<const TypeKey> outputs) const;

 private:
  absl::StatusOr<const Plan*> PlanOf(std::span<const TypeKey> outputs,
                                     std::span<const TypeKey> inputs) const;

  GraphParts parts_;
  MessageNames names_;
  std::vector<TypeKey> slots_;
  absl::flat_hash_map<TypeKey, uint32_t> slot_of_;
  std::vector<uint32_t> producers_;
  absl::flat_hash_map<TypeKey, const ItemLayout*> layouts_;
  std::unique_ptr<StepInfo[]> infos_;
  std::vector<uint32_t> input_slots_;
  std::vector<StepRecord> records_;
  size_t frame_bytes_ = 0;
  size_t scratch_offset_ = 0;
  std::string fingerprint_;
  bool has_helpers_ = true;
  bool has_items_on_workers_ = false;
  mutable PlanTable plans_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_CORE_H_
