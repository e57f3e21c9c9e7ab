#ifndef PROTOGRAPH_INTERNAL_TYPE_KEY_H_
#define PROTOGRAPH_INTERNAL_TYPE_KEY_H_

// Internal: what flows between steps, known without its class: a message, or a collection of them.

#include <compare>
#include <cstdint>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace protograph::internal {

// A type is known by the default instance of its message: an address that the linker fills in, and
// from which descriptor and name can be had. The lowest bit, which addresses do not use, says that
// it is a collection.
class TypeKey {
 public:
  TypeKey() = default;
  explicit TypeKey(const google::protobuf::Message& default_instance)
      : bits_(reinterpret_cast<uintptr_t>(&default_instance)) {}
  static TypeKey ManyOf(const google::protobuf::Message& default_instance) {
    TypeKey key(default_instance);
    key.bits_ |= kMany;
    return key;
  }

  // False for a key that was made without a type.
  explicit operator bool() const { return bits_ != 0; }
  bool is_many() const { return (bits_ & kMany) != 0; }
  // Of the message, or of a collection's items.
  const google::protobuf::Message& prototype() const {
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    return *reinterpret_cast<const google::protobuf::Message*>(bits_ & ~kMany);
  }
  const google::protobuf::Descriptor& descriptor() const { return *prototype().GetDescriptor(); }
  // The collection of this message.
  TypeKey many() const { return ManyOf(prototype()); }
  // The message that this is a collection of.
  TypeKey item() const { return TypeKey(prototype()); }

  friend bool operator==(TypeKey, TypeKey) = default;
  friend auto operator<=>(TypeKey, TypeKey) = default;
  template <class H>
  friend H AbslHashValue(H h, TypeKey key) {
    return H::combine(std::move(h), key.bits_);
  }

 private:
  static constexpr uintptr_t kMany = 1;

  uintptr_t bits_ = 0;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_TYPE_KEY_H_
