// Of a run of map steps: its items that others run, and those that it runs for others.

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "fmt/format.h"
#include "graph/ctx_access.h"
#include "graph/item_distributor.h"
#include "graph/map_run.h"

namespace protograph::internal {

using google::protobuf::Message;

namespace {

constexpr char kHandedOver[] = "type.googleapis.com/protograph.internal.HandedOver";

}  // namespace

bool IsHandedOver(const absl::Status& status) { return status.GetPayload(kHandedOver).has_value(); }

absl::Status MapRun::Distribute() {
  for (Stage& stage : stages_) {
    for (size_t chunk = 0; chunk < stage.output->chunk_count(); ++chunk) {
      stage.output->MakeChunk(chunk);
    }
  }
  has_chunks_ = true;
  answered_.assign(total_, false);
  const absl::StatusOr<bool> handed_over = distributor_->Distribute(*this, *call_.ctx);
  if (!handed_over.ok()) return handed_over.status();
  if (!*handed_over) return absl::OkStatus();
  absl::Status status = absl::UnavailableError(
      fmt::format("the items of step {} were handed over to other jobs, and this one goes on when "
                  "they have ended",
                  info_.name));
  status.SetPayload(kHandedOver, absl::Cord());
  return status;
}

bool MapRun::IsWanted(size_t item) const {
  return !IsCopy(item) && input_->message(item) != nullptr;
}

bool MapRun::Answer(size_t item, std::span<const std::optional<std::string_view>> messages,
                    std::vector<FailureOfStage> failures) {
  size_t kept = 0;
  for (Stage& stage : stages_) {
    if (!stage.is_kept) continue;
    const std::optional<std::string_view> bytes =
        kept < messages.size() ? messages[kept] : std::nullopt;
    ++kept;
    if (!bytes.has_value()) continue;
    void* const place = stage.output->Place(item);
    Message* const message = stage.layout->set_empty(place);
    if (message->ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) continue;
    for (Stage& each : stages_) {
      each.layout->set_error(each.output->Place(item),
                             absl::DataLossError("what another job has made was damaged"));
    }
    return false;
  }
  for (FailureOfStage& failure : failures) {
    Stage& stage = stages_[failure.stage];
    failure.failed.step = stage.info;
    TakeFailure(stage, item, stage.output->Place(item), std::move(failure.failed));
  }
  if (!failures.empty()) LeaveOut(item, failures);
  for (Stage& stage : stages_) {
    // Equal ones are counted when they get their copies.
    stage.progress->done.fetch_add(1, std::memory_order_relaxed);
  }
  answered_[item] = true;
  through_ += WeightOf(item);
  return true;
}

void MapRun::LeaveOut(size_t item, std::span<const FailureOfStage> failures) {
  std::vector<bool> has_none(stages_.size());
  for (const FailureOfStage& failure : failures) has_none[failure.stage] = true;
  for (size_t s = 0; s < stages_.size(); ++s) {
    const uint32_t source = group_.stages[s].source;
    if (has_none[s] || source == MapGroup::kGroupInput || !has_none[source]) continue;
    has_none[s] = true;
    stages_[s].layout->set_error(stages_[s].output->Place(item), stages_[s].input->status(item));
  }
}

const Message* MapRun::Made(size_t item, size_t stage) const {
  // Of others there is no memory.
  return item < next_ || has_chunks_ ? stages_[stage].output->message(item) : nullptr;
}

}  // namespace protograph::internal
