#include "graph/equal_items.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "base/stable_bytes.h"

namespace protograph::internal {

EqualItems::EqualItems(const ManyBase& items)
    : original_of_(items.size()), weights_(items.size(), 1) {
  absl::flat_hash_map<std::string, size_t> first;
  for (size_t i = 0; i < items.size(); ++i) {
    original_of_[i] = i;
    const google::protobuf::Message* const item = items.message(i);
    if (item == nullptr) continue;
    const auto [found, is_new] = first.emplace(StableBytes(*item), i);
    if (is_new) continue;
    original_of_[i] = found->second;
    ++weights_[found->second];
  }
}

void EqualItems::CopyResults(ManyBase& results) const {
  for (size_t i = 0; i < results.size(); ++i) {
    if (!IsCopy(i)) continue;
    results.layout().destroy(results.Place(i));
    results.layout().copy(results.Place(i), results.Place(original_of_[i]));
  }
}

}  // namespace protograph::internal
