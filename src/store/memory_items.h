#ifndef PROTOGRAPH_SRC_STORE_MEMORY_ITEMS_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_ITEMS_H_

// What the jobs of a MemoryStore have handed over to others, and what came back. Knows nothing of
// jobs but their ids.

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "protograph/store/item_store.h"

namespace protograph::internal {

struct MemoryBatch {
  // Of the parent; 0 where that was retried since.
  int attempt = 1;
  // Of the parent, when it was handed over.
  int64_t parent_term = 0;
  int64_t items = 0;
  bool has_results = false;
  int64_t done = 0;
  int64_t failed = 0;
  std::string results;
  // How its job has ended, of one that is removed.
  int error_code = 0;
  std::string error;
};

struct MemoryFanOut {
  std::string step;
  std::string shared_inputs;
  // Which attempt has handed it over wholly, and under which term; 0 where none has.
  int attempt = 0;
  int64_t term = 0;
  std::string owner_id;
  // Of the last call: larger than those of all before, in the parent's attempt, whose time is over
  // then.
  int64_t sequence = 0;
  int called_in = 0;
  absl::Time deadline = absl::InfiniteFuture();
  // By job.
  std::map<std::string, MemoryBatch> batches;
};

// By key.
using MemoryFanOuts = std::map<std::string, MemoryFanOut>;

// Not thread safe. Pointers are good until the parent is forgotten.
class MemoryItems {
 public:
  MemoryItems() = default;
  MemoryItems(const MemoryItems&) = delete;
  MemoryItems& operator=(const MemoryItems&) = delete;

  // Null where there is none.
  MemoryFanOut* Find(const std::string& parent_id, const std::string& key);
  MemoryBatch* FindBatch(const std::string& job_id);
  // All of the parent's.
  const MemoryFanOuts& FanOutsOf(const std::string& parent_id) const;
  // Those that were handed over under this term, or an earlier one.
  std::vector<std::string> BatchesOf(
      const std::string& parent_id, int64_t up_to_term = std::numeric_limits<int64_t>::max()) const;
  // That of the last call; null where there was none.
  const MemoryFanOut* LastOf(const std::string& parent_id) const;

  // What a call says, of a parent that may say it. Batches that are there stay as they are.
  void HandOver(const std::string& owner_id, const FanOut& call, absl::Time now);
  // Whether the call was the last one of its parent's, under this term.
  bool IsRepeated(const std::string& owner_id, const FanOut& call);
  // The child's results, if any, are not there any more.
  void ForgetResults(const std::string& job_id);
  // The parent's attempts begin anew.
  void BeginAnew(const std::string& parent_id);
  void Forget(const std::string& parent_id);

  const std::map<std::string, MemoryFanOuts>& by_parent() const { return by_parent_; }

 private:
  std::map<std::string, MemoryFanOuts> by_parent_;
  // By their jobs.
  std::map<std::string, MemoryBatch*> batches_;
  int64_t last_sequence_ = 0;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_ITEMS_H_
