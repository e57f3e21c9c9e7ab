#ifndef PROTOGRAPH_SRC_POSTGRES_ITEM_STORE_H_
#define PROTOGRAPH_SRC_POSTGRES_ITEM_STORE_H_

// Items that jobs hand over, in Postgres. What is done to them are functions in the database, see
// sql/migrations/0008_items.sql; this calls them.

#include <span>
#include <string>
#include <vector>

#include "postgres/claim_cursor.h"
#include "postgres/database.h"
#include "protograph/store/item_store.h"

namespace protograph::internal {

class PostgresItemStore final : public ItemStore {
 public:
  // The cursor is that of the claims.
  PostgresItemStore(Database& database, ClaimCursor& cursor)
      : database_(database), cursor_(cursor) {}

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
  Database& database_;
  ClaimCursor& cursor_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_ITEM_STORE_H_
