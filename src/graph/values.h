#ifndef PROTOGRAPH_SRC_GRAPH_VALUES_H_
#define PROTOGRAPH_SRC_GRAPH_VALUES_H_

// What can be done with what lies in a slot, message or collection, without knowing its class.

#include <cstddef>
#include <memory>

#include "base/fnv128.h"
#include "protograph/internal/many_base.h"
#include "protograph/internal/step_definition.h"
#include "protograph/internal/type_key.h"

namespace protograph::internal {

// Null for a collection.
inline const google::protobuf::Message* MessageOrNull(TypeKey type, Value value) {
  return type.is_many() ? nullptr : &MessageAt(value);
}

// Bytes of memory, about.
size_t SpaceUsed(TypeKey type, Value value);

// Adds everything that tells the value from others of its type.
void AddToHash(TypeKey type, Value value, Fnv128& hash);

// A copy that owns what it holds.
class OwnedValue {
 public:
  OwnedValue(TypeKey type, Value value);

  Value get() const;

 private:
  std::unique_ptr<google::protobuf::Message> message_;
  std::unique_ptr<ManyBase> many_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_VALUES_H_
