#ifndef PROTOGRAPH_SRC_DURABILITY_RUN_DIGESTS_H_
#define PROTOGRAPH_SRC_DURABILITY_RUN_DIGESTS_H_

// What is kept of a run beside its frame: which results were collected, and the digests that the
// hashes of later inputs are made of.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/checkpoint_session.h"
#include "protograph/store/store.h"

namespace protograph::internal {

class RunDigests {
 public:
  explicit RunDigests(const RunView& run)
      : digests_(run.core().slot_count()), collected_(run.plan().steps.size()) {}

  // Of the message in that slot, which must stand; made where it is not known.
  const Digest& Of(const RunView& run, uint32_t slot);
  void Set(uint32_t slot, const Digest& digest) { digests_[slot] = digest; }
  bool IsKnown(uint32_t slot) const { return digests_[slot].has_value(); }
  // Which must be known.
  const Digest& Get(uint32_t slot) const { return *digests_[slot]; }

  // The hash of the inputs of the step at that place of the plan, which must stand.
  Digest InputHashOf(const RunView& run, size_t place);

  // What the results of the whole run are found by: the hash of the graph and of the inputs that
  // Execute was given.
  Digest ResultHashOf(const RunView& run);

  // Whether the result of the step at that place needs no checkpoint any more.
  bool IsCollected(size_t place) const { return collected_[place]; }
  void SetCollected(size_t place) { collected_[place] = true; }

  // The first step from `place` on that is done and was not collected; nothing where there is none.
  std::optional<size_t> NextToCollect(const RunView& run, size_t place) const;

  // The checkpoint of the step at that place, which is done. `size` is that of its message.
  Checkpoint Collect(const RunView& run, size_t place, size_t compress_from, size_t& size);

 private:
  std::vector<std::optional<Digest>> digests_;  // by slot
  std::vector<bool> collected_;                 // by place in the plan
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_RUN_DIGESTS_H_
