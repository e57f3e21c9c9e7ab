#ifndef PROTOGRAPH_SRC_GRAPH_PLAN_H_
#define PROTOGRAPH_SRC_GRAPH_PLAN_H_

// A plan: what one kind of call (these outputs, from these inputs) has to run. Plans for the
// declared inputs are made by Build; one for a call that brings its inputs otherwise, at its first
// use.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "protograph/internal/graph_core.h"
#include "protograph/internal/step_definition.h"

namespace protograph::internal {

// Steps of a plan that run together: each item goes through all of them before its thread takes
// the next, so that it does not wait for its siblings. They follow each other in the plan; running
// the first runs all.
struct MapGroup {
  struct Stage {
    // The stage whose results it takes, by its number in the group; kGroupInput for the group's.
    uint32_t source;
    // Whether anybody beside this group needs its results.
    bool is_kept;
  };
  static constexpr uint32_t kGroupInput = UINT32_MAX;

  // Place of the first in Plan::steps.
  uint32_t first = 0;
  std::vector<Stage> stages;
  // Whether the collection that the first takes is the frame's, and nobody else's.
  bool owns_input = false;
  // Whether the number of items that run at once is limited for one of the stages.
  bool is_limited = false;
};

struct Plan {
  // The call, in its own order.
  std::vector<TypeKey> outputs;
  std::vector<TypeKey> inputs;
  std::vector<uint32_t> output_slots;
  std::vector<uint32_t> input_slots;

  // The steps to run, in topological order. A single output's own step is the last.
  std::vector<const StepRecord*> steps;

  // Steps that run once for each item of a collection are in one each; and whether there are any,
  // beside what else each execution looks at.
  std::vector<MapGroup> map_groups;
  bool has_maps = false;
  // Whether a step has a timeout or a budget, so that each attempt needs care.
  bool supervised = false;
  // Whether a step has Durability::kSync.
  bool commits = false;

  // Whether there are two steps of which neither needs the other. What follows is only filled where
  // there are.
  bool wide = false;
  // Whether a step that asks for it makes this plan run side by side without measuring.
  bool always_side_by_side = false;
  // By place in `steps`: how many of the plan's steps it waits for, and which wait for it
  // (successors[successors_begin[i]] to successors[successors_begin[i + 1]]).
  std::vector<uint32_t> waits_for;
  std::vector<uint32_t> successors_begin;
  std::vector<uint32_t> successors;
  // How the next execution runs, which measuring decides. Begins as kSideBySide where there is
  // anything to decide: a first execution that hands steps to other threads in vain costs
  // microseconds, one that runs blocking steps one by one may cost seconds.
  enum class Mode : uint8_t {
    kInOrder,
    // In order, and each step timed: what would running side by side save?
    kMeasureSteps,
    kSideBySide,
  };
  mutable std::atomic<Mode> mode{Mode::kInOrder};

  bool IsFor(std::span<const TypeKey> wanted, std::span<const TypeKey> given) const {
    return std::equal(wanted.begin(), wanted.end(), outputs.begin(), outputs.end()) &&
           std::equal(given.begin(), given.end(), inputs.begin(), inputs.end());
  }
};

// The plans of a graph. Find is lock-free; plans are only ever added.
class PlanTable {
 public:
  PlanTable();
  ~PlanTable();
  PlanTable(const PlanTable&) = delete;
  PlanTable& operator=(const PlanTable&) = delete;

  // The plan of calls with the tag; null where there was none yet.
  const Plan* Find(CallTag tag) const {
    const Buckets& buckets = *current_.load(std::memory_order_acquire);
    for (size_t i = Hash(tag);; ++i) {
      const Bucket& bucket = buckets.entries[i & buckets.mask];
      const CallTag found = bucket.tag.load(std::memory_order_acquire);
      if (found == tag) [[likely]] {
        return bucket.plan;
      }
      if (found == nullptr) return nullptr;
    }
  }

  // The plan of such calls, by whatever tag; null where there is none. Takes a lock.
  const Plan* FindByTypes(std::span<const TypeKey> outputs, std::span<const TypeKey> inputs) const;

  // Keeps the plan. Returns the one that is kept for such calls: another thread may have been
  // faster.
  const Plan* Add(std::unique_ptr<Plan> plan);

  // Has Find return the plan from now on.
  void Tag(CallTag tag, const Plan* plan);

 private:
  struct Bucket {
    std::atomic<CallTag> tag{nullptr};
    const Plan* plan = nullptr;  // written before the tag
  };
  // Open addressing with linear probing; at most half full.
  struct Buckets {
    explicit Buckets(size_t size) : mask(size - 1), entries(size) {}
    size_t mask;
    size_t used = 0;
    std::vector<Bucket> entries;
  };

  static size_t Hash(CallTag tag) {
    // Tags are addresses of neighbouring bytes (Knuth, The Art of Computer Programming 3, 6.4,
    // multiplicative hashing).
    return (reinterpret_cast<uintptr_t>(tag) * 0x9E3779B97F4A7C15ULL) >> 40;
  }
  const Plan* FindLocked(std::span<const TypeKey> outputs, std::span<const TypeKey> inputs) const;
  static void Put(Buckets& buckets, CallTag tag, const Plan* plan);

  std::atomic<const Buckets*> current_;
  mutable std::mutex mutex_;
  // By a hash of the types.
  absl::flat_hash_map<size_t, std::vector<std::unique_ptr<const Plan>>> plans_;
  // Outgrown ones stay, as readers may be in them; together they are no larger than the last.
  std::vector<std::unique_ptr<Buckets>> generations_;
};

class GraphCore;

// Makes the plan of a call, or says what is wrong with the call: kInvalidArgument.
absl::StatusOr<std::unique_ptr<Plan>> MakePlan(const GraphCore& core,
                                               std::span<const TypeKey> outputs,
                                               std::span<const TypeKey> inputs);

// From `output` to the message `target`, each needing the next, through the steps of the plan; the
// shortest such path. Only `target` where there is none.
std::vector<TypeKey> PathTo(const GraphCore& core, const Plan& plan, TypeKey target);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_PLAN_H_
