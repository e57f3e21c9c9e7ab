#ifndef PROTOGRAPH_TESTS_CONTRACT_ITEM_CONTRACT_H_
#define PROTOGRAPH_TESTS_CONTRACT_ITEM_CONTRACT_H_

// What any ItemStore must do (see protograph/store/item_store.h), as tests. Used as the contract of
// stores is, see store_contract.h:
//
//   PROTOGRAPH_ITEM_CONTRACT(Memory, [] { return std::make_unique<MemoryStoreUnderTest>(); });
//
// What a store may leave to Maintain is looked at after a call of it.

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "job_contract.h"
#include "protograph/exec_ctx.h"
#include "protograph/store/item_store.h"

namespace protograph {

// Of each batch that NewFanOut makes.
inline constexpr int64_t kItemsOfBatch = 10;

void PrintTo(const StepProgress& progress, std::ostream* out);
::testing::Matcher<const StepProgress&> IsProgress(const StepProgress& expected);

std::vector<std::string> IdsOf(const std::vector<ItemBatch>& batches);
std::vector<std::string> IdsOf(const std::vector<ItemBatchRecord>& batches);

// So long, or a little less: of what is left of a time.
::testing::Matcher<absl::Duration> AlmostAll(absl::Duration expected);

class ItemContract : public JobContract {
 protected:
  ItemStore& items() { return *store().items(); }

  // Where a parent hands over: the same for the same number.
  static std::string NewKey(int number = 1);
  static std::vector<ItemBatch> NewBatches(int count);
  // All in one call, in the attempt in which the parent is.
  static FanOut NewFanOut(const ClaimedJob& parent, int batches = 2);

  // A job that is claimed.
  ClaimedJob ClaimNew(const JobSubmission& job = NewJob());
  // Must be accepted.
  void HandOver(const FanOut& fan_out) { HandOver(owner(), fan_out); }
  void HandOver(const std::string& owner_id, const FanOut& fan_out);
  // What a new job has handed over, which waits for it.
  FanOut BeginToWait(int batches = 2) { return BeginToWait(NewJob(), batches); }
  FanOut BeginToWait(const JobSubmission& job, int batches = 2);
  // The batches' jobs, which must be the next ones, in this order.
  std::vector<ClaimedJob> ClaimBatches(const FanOut& fan_out) {
    return ClaimBatches(fan_out, owner());
  }
  std::vector<ClaimedJob> ClaimBatches(const FanOut& fan_out, const std::string& owner_id);

  void Store(const ClaimedJob& child, const std::string& results = "results") {
    Store(owner(), child, results);
  }
  void Store(const std::string& owner_id, const ClaimedJob& child, const std::string& results,
             int64_t failed = 0);
  // Its results are stored, and it has succeeded.
  void Complete(const ClaimedJob& child) { Complete(owner(), child); }
  void Complete(const std::string& owner_id, const ClaimedJob& child);
  void Resume(const std::string& parent_id);
  // Though batches are open, where the parent has handed over under this term last.
  void ResumeAtOnce(const RunningJob& parent);
  void ResumeAtOnce(const FanOut& fan_out) { ResumeAtOnce(fan_out.parent); }
  // The job that is next, which must be that one.
  ClaimedJob ClaimThe(const std::string& job_id);

  FanOutRecord Find(const std::string& parent_id, const std::string& key = NewKey());
  absl::Duration TimeLeft(const std::string& parent_id, int attempt = 1);
  std::vector<ItemBatchRecord> Batches(const std::string& parent_id,
                                       const std::string& key = NewKey(),
                                       const std::string& after = "", int limit = 100);
  // Those of the fan-out; there must be that one.
  ItemBatchRecord BatchOf(const FanOut& fan_out, size_t number);

  void Publish(const std::string& owner_id, const std::string& job_id,
               const std::vector<StepProgress>& steps);
  std::vector<StepProgress> Progress(const std::string& job_id);
};

class ItemHandOverContract : public ItemContract {};
class ItemChildContract : public ItemContract {};
class ItemResultContract : public ItemContract {};
class ItemResumeContract : public ItemContract {};
class ItemCancelContract : public ItemContract {};
class ItemUpkeepContract : public ItemContract {};
class ItemProgressContract : public ItemContract {};

// The second argument returns a std::unique_ptr<StoreUnderTest> whose store keeps items.
#define PROTOGRAPH_ITEM_CONTRACT(name, ...)                                 \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ItemHandOverContract, __VA_ARGS__); \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ItemChildContract, __VA_ARGS__);    \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ItemResultContract, __VA_ARGS__);   \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ItemResumeContract, __VA_ARGS__);   \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ItemCancelContract, __VA_ARGS__);   \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ItemUpkeepContract, __VA_ARGS__);   \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ItemProgressContract, __VA_ARGS__)

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_CONTRACT_ITEM_CONTRACT_H_
