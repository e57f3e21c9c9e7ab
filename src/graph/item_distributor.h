#ifndef PROTOGRAPH_SRC_GRAPH_ITEM_DISTRIBUTOR_H_
#define PROTOGRAPH_SRC_GRAPH_ITEM_DISTRIBUTOR_H_

// What the executor asks of whoever has items run elsewhere, which lies on a floor above it. On the
// one side is the execution whose items they are: its context has an ItemDistributor. On the other
// are executions that run some of them: theirs has a BatchReporter. Other executions pay for a look
// at a pointer.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "graph/core.h"
#include "graph/failure.h"
#include "graph/plan.h"
#include "protograph/internal/many_base.h"
#include "protograph/internal/step_definition.h"

namespace protograph::internal {

struct FailureOfStage {
  size_t item;
  size_t stage;
  FailedStep failed;
};

// A group of steps (see plan.h) over one collection, and what has become of its items. Stages are
// the group's steps, by their number. Used by the thread that runs the group.
class ItemsOfGroup {
 public:
  virtual ~ItemsOfGroup() = default;

  const GraphCore& core() const { return *call_.core; }
  size_t size() const { return input_.size(); }
  const ManyBase& input() const { return input_; }
  size_t stage_count() const { return group_.stages.size(); }
  bool is_kept(size_t stage) const { return group_.stages[stage].is_kept; }
  const StepInfo& step(size_t stage) const {
    return *call_.plan->steps[group_.first + stage]->info;
  }
  // What the steps take beside items lies there.
  Value value(uint32_t slot) const { return call_.values[slot]; }

  // Whether anything is to be done for the item: it is no error of an earlier step, and no equal
  // one is run in its place.
  virtual bool IsWanted(size_t item) const = 0;

  // Says what has become of an item that is wanted, once, instead of running it: what the kept
  // stages have made of it, in their order, and which stages have failed. False where a message is
  // none: then nothing was said.
  virtual bool Answer(size_t item, std::span<const std::optional<std::string_view>> messages,
                      std::vector<FailureOfStage> failures) = 0;
  // Whether so many have failed that it is in vain to go on.
  virtual bool IsStopped() const = 0;

  // What a stage has made of an item; null where it has made nothing.
  virtual const google::protobuf::Message* Made(size_t item, size_t stage) const = 0;

 protected:
  ItemsOfGroup(const StepCall& call, const MapGroup& group, const ManyBase& input)
      : call_(call), group_(group), input_(input) {}

 private:
  const StepCall& call_;
  const MapGroup& group_;
  const ManyBase& input_;
};

// Whether an execution has ended with this as its items were handed over, and for no other reason.
bool IsHandedOver(const absl::Status& status);

class ItemDistributor {
 public:
  virtual ~ItemDistributor() = default;

  // Before a group whose steps have ItemPlace::kOnWorkers is run, in the execution's own call.
  // Answers what is known of its items. True: others were handed over, and the execution is to end
  // and come again. False: what was not answered is run here.
  virtual absl::StatusOr<bool> Distribute(ItemsOfGroup& items, const ExecCtx& ctx) = 0;
};

class BatchReporter {
 public:
  virtual ~BatchReporter() = default;

  // After a group was run, in the execution's own call: which makes no judgement about how many
  // items may fail, but stops at the first one where the step fails fast. Its failures, in no
  // order.
  virtual void Report(const ItemsOfGroup& items, std::span<const FailureOfStage> failures) = 0;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_ITEM_DISTRIBUTOR_H_
