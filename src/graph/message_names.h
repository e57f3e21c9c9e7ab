#ifndef PROTOGRAPH_SRC_GRAPH_MESSAGE_NAMES_H_
#define PROTOGRAPH_SRC_GRAPH_MESSAGE_NAMES_H_

// What messages are called in errors and pictures.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "protograph/internal/step_definition.h"

namespace protograph::internal {

// Package and name, "Many<...>" for a collection; unique.
std::string FullName(TypeKey type);

// Short names, except for the types of one set that would share one.
class MessageNames {
 public:
  explicit MessageNames(std::span<const TypeKey> types);

  std::string Of(TypeKey type) const;

  // "TagSet <- Classification <- DirectorProfile": each needs the next.
  std::string Path(std::span<const TypeKey> types) const;

 private:
  // How many of the set have the name.
  absl::flat_hash_map<std::string, int> uses_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_MESSAGE_NAMES_H_
