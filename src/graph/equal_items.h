#ifndef PROTOGRAPH_SRC_GRAPH_EQUAL_ITEMS_H_
#define PROTOGRAPH_SRC_GRAPH_EQUAL_ITEMS_H_

#include <cstddef>
#include <vector>

#include "protograph/internal/many_base.h"

namespace protograph::internal {

// Which items of a collection are equal, byte for byte. Those that are errors are equal to none.
class EqualItems {
 public:
  explicit EqualItems(const ManyBase& items);

  // Whether an item before it is equal.
  bool IsCopy(size_t item) const { return original_of_[item] != item; }
  // How many items are equal to the first of them, itself among them; 0 for the others.
  size_t WeightOf(size_t item) const { return IsCopy(item) ? 0 : weights_[item]; }

  // Gives each item that is a copy the result of the first that is equal.
  void CopyResults(ManyBase& results) const;

 private:
  std::vector<size_t> original_of_;
  std::vector<size_t> weights_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_EQUAL_ITEMS_H_
