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

// A result that a checkpoint is made of: of the step at that place of the plan, or of one of its
// items.
struct ResultPlace {
  static constexpr size_t kWhole = SIZE_MAX;

  size_t place = 0;
  size_t item = kWhole;
};

class RunDigests {
 public:
  explicit RunDigests(const RunView& run);

  // Of what lies in that slot, which must stand; made where it is not known.
  const Digest& Of(const RunView& run, uint32_t slot);
  bool IsKnown(uint32_t slot) const { return digests_[slot].has_value(); }
  // Which must be known.
  const Digest& Get(uint32_t slot) const { return *digests_[slot]; }
  // Of an item of the collection in that slot, which must stand; nothing is kept.
  Digest OfItem(const RunView& run, uint32_t slot, size_t item) const;

  // The hash of the inputs of the step at that place of the plan, which must stand; for an item
  // that, and what all items share.
  Digest InputHashOf(const RunView& run, ResultPlace result);

  // What the results of the whole run are found by: the hash of the graph and of the inputs that
  // Execute was given.
  Digest ResultHashOf(const RunView& run);

  // Whether the result needs no checkpoint any more.
  bool IsCollected(ResultPlace result) const;
  void SetCollected(const RunView& run, ResultPlace result);
  // The digest of the bytes that stand for the result of the step, or for the item.
  void SetDigest(const RunView& run, ResultPlace result, const Digest& digest);
  std::optional<Digest> DigestIfKnown(const RunView& run, ResultPlace result) const;

  // The first result from `from` on that is done and was not collected; nothing where there is
  // none.
  std::optional<ResultPlace> NextToCollect(const RunView& run, ResultPlace from);
  // Where to look on after `result`.
  static ResultPlace After(ResultPlace result);

  // The checkpoint of a result that is done. `size` is that of its message.
  Checkpoint Collect(const RunView& run, ResultPlace result, size_t compress_from, size_t& size);

 private:
  // Of a step that runs once for each item.
  struct Items {
    std::vector<Digest> digests;
    std::vector<bool> is_known;
    std::vector<bool> is_collected;
    // All before it are collected.
    size_t first_open = 0;
  };

  Items& ItemsAt(const RunView& run, size_t place);

  std::vector<std::optional<Digest>> digests_;  // by slot
  // By place in the plan. Collections as such are never collected.
  std::vector<bool> collected_;
  std::vector<Items> items_;
  // By slot: the place of the step that makes it, where that runs once for each item; SIZE_MAX for
  // others.
  std::vector<size_t> place_of_items_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_RUN_DIGESTS_H_
