#ifndef PROTOGRAPH_SRC_STORE_MEMORY_ITEM_STORE_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_ITEM_STORE_H_

// Where a MemoryStore keeps items that jobs hand over, under the lock of its jobs.

#include <span>
#include <string>
#include <vector>

#include "protograph/clock.h"
#include "protograph/store/item_store.h"
#include "store/memory_job_state.h"

namespace protograph::internal {

class MemoryItemStore final : public ItemStore {
 public:
  // Both must outlive it.
  MemoryItemStore(Clock& clock, MemoryJobState& state) : clock_(clock), state_(state) {}
  MemoryItemStore(const MemoryItemStore&) = delete;
  MemoryItemStore& operator=(const MemoryItemStore&) = delete;

  absl::Status HandOver(const std::string& owner_id, const FanOut& fan_out) override;
  absl::StatusOr<FanOutRecord> Find(const std::string& parent_id, const std::string& key) override;
  absl::StatusOr<absl::Duration> TimeLeft(const std::string& parent_id, int attempt) override;
  absl::StatusOr<std::vector<ItemBatchRecord>> Batches(const std::string& parent_id,
                                                       const std::string& key,
                                                       const std::string& after_job_id,
                                                       int limit) override;
  absl::Status CancelBatches(std::span<const BatchesToCancel> batches) override;
  absl::Status StoreResults(const std::string& owner_id,
                            std::span<const ItemBatchResult> results) override;
  absl::Status Resume(std::span<const ParentToResume> parents) override;
  absl::Status PublishProgress(const std::string& owner_id,
                               std::span<const JobProgress> jobs) override;
  absl::StatusOr<std::vector<StepProgress>> Progress(const std::string& job_id) override;

 private:
  // All that follows: the state's lock is held.

  ItemBatchRecord ToRecord(const std::string& job_id, const MemoryBatch& batch);
  // What its batches say.
  StepProgress ProgressOf(const MemoryFanOut& fan_out);

  Clock& clock_;
  MemoryJobState& state_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_ITEM_STORE_H_
