#ifndef PROTOGRAPH_SRC_STORE_ITEM_CHECKS_H_
#define PROTOGRAPH_SRC_STORE_ITEM_CHECKS_H_

// What no ItemStore accepts.

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "protograph/store/item_store.h"

namespace protograph::internal {

// Of what one call hands over, in bytes: a message to Postgres has at most a GiB.
inline constexpr size_t kMostHandedOver = size_t{512} << 20;

// kInvalidArgument for ids that are no UUIDs in lower case or are not in their order, for keys that
// are not 32 hexadecimal digits in lower case, for names that no job can have, for batches without
// items, and for what is too large.
absl::Status CheckFanOut(const FanOut& fan_out);

// kInvalidArgument for results beyond kLargestPayload or kMostHandedOver, and for numbers that
// cannot be.
absl::Status CheckItemResults(std::span<const ItemBatchResult> results);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_ITEM_CHECKS_H_
