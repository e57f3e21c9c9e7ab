#ifndef PROTOGRAPH_SRC_DURABILITY_DETACHED_RUN_H_
#define PROTOGRAPH_SRC_DURABILITY_DETACHED_RUN_H_

// The results of a run that has failed, with its frame: to be collected, and to be taken from by
// the next attempt in this process.

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "durability/run_digests.h"
#include "graph/checkpoint_session.h"
#include "graph/values.h"

namespace protograph::internal {

class DetachedRun {
 public:
  // Takes the frame of the run, whose steps have all ended, and copies its inputs, which are the
  // caller's. `digests` may be null.
  DetachedRun(DurableRun& run, std::unique_ptr<RunDigests> digests);
  ~DetachedRun();
  DetachedRun(const DetachedRun&) = delete;
  DetachedRun& operator=(const DetachedRun&) = delete;

  // Bytes of memory, about.
  size_t bytes() const { return bytes_; }

  // Not thread safe.
  const RunView& view() const { return view_; }
  RunDigests& digests() { return *digests_; }

  struct Found {
    // Null where the run does not have it. Lives as long as the run.
    const google::protobuf::Message* message = nullptr;
    // Of the bytes that stand for it, where that is known.
    std::optional<Digest> digest;
    // Whether it was collected, so that the store has it or will.
    bool is_collected = false;
  };
  // The result of a step of that graph with these inputs, or of an item of it. Thread safe.
  Found Find(const StepRecord& record, const Digest& input_hash);

  // Results that were not collected. Thread safe.
  size_t CountUncollected();

  // Held by whoever collects or searches.
  std::mutex& mutex() { return mutex_; }

 private:
  // Whether the result of the step at that place lies in the frame.
  bool Stands(size_t place) const;
  Found FindItem(size_t place, const Digest& input_hash);

  const std::shared_ptr<const GraphCore> core_;
  RunView view_;
  std::unique_ptr<RunDigests> digests_;
  std::vector<OwnedValue> inputs_;
  size_t bytes_ = 0;
  // By place: which item has these inputs. Made when it is first asked for.
  absl::flat_hash_map<size_t, absl::flat_hash_map<Digest, size_t>> items_;
  std::mutex mutex_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_DETACHED_RUN_H_
