#ifndef PROTOGRAPH_INTERNAL_MANY_BASE_H_
#define PROTOGRAPH_INTERNAL_MANY_BASE_H_

// Internal: a collection without the class of its items, and the thin typed shell around it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "protograph/internal/type_key.h"

namespace protograph::internal {

// How an item lies in a collection: an absl::StatusOr<T>. Functions on places of items.
struct ItemLayout {
  size_t size;
  size_t alignment;
  const google::protobuf::Message& prototype;
  // A result that is an error which says that the item was not made.
  void (*construct)(void* place);
  void (*destroy)(void* place);
  // Constructs an item at `place` and leaves what `from` had as to be destroyed.
  void (*move)(void* place, void* from);
  void (*copy)(void* place, const void* from);
  // These take the place of what is there.
  void (*set_error)(void* place, absl::Status error);
  google::protobuf::Message* (*set_empty)(void* place);
  // Null where the item is an error.
  const google::protobuf::Message* (*message)(const void* place);
  const absl::Status& (*status)(const void* place);
  // Takes the error out and destroys the item.
  absl::Status (*take_error)(void* place);
};

// Items by their number, in chunks, so that they need not move where there are many, and the memory
// of those that are not needed any more can be given back.
class ManyBase {
 public:
  static constexpr size_t kChunkItems = 512;

  explicit ManyBase(const ItemLayout& layout) : layout_(&layout) {}
  ManyBase(const ManyBase& other);
  ManyBase(ManyBase&& other) noexcept
      : layout_(other.layout_),
        size_(std::exchange(other.size_, 0)),
        first_capacity_(std::exchange(other.first_capacity_, 0)),
        chunks_(std::exchange(other.chunks_, {})) {}
  ManyBase& operator=(const ManyBase& other);
  ManyBase& operator=(ManyBase&& other) noexcept;
  ~ManyBase() { Clear(); }

  const ItemLayout& layout() const { return *layout_; }
  TypeKey type() const { return TypeKey::ManyOf(layout_->prototype); }
  size_t size() const { return size_; }

  void* Place(size_t i) { return chunks_[i / kChunkItems] + i % kChunkItems * layout_->size; }
  const void* Place(size_t i) const {
    return chunks_[i / kChunkItems] + i % kChunkItems * layout_->size;
  }
  // Null where item i is an error.
  const google::protobuf::Message* message(size_t i) const { return layout_->message(Place(i)); }
  const absl::Status& status(size_t i) const { return layout_->status(Place(i)); }
  size_t CountErrors() const;
  // Bytes of memory, about.
  size_t SpaceUsed() const;

  void Clear();
  void Reserve(size_t n);
  // The place of one more item, which is to be constructed there.
  void* Append();

  // For whoever fills it by several threads: n items that have no memory yet. A chunk's items can
  // be reached, and are constructed, from MakeChunk on and until FreeChunk; the two must not meet
  // each other for one chunk. All chunks must be made before others see it.
  void SetSize(size_t n);
  size_t chunk_count() const { return chunks_.size(); }
  size_t ChunkSize(size_t chunk) const;
  void MakeChunk(size_t chunk);
  void FreeChunk(size_t chunk);

 private:
  std::byte* Allocate(size_t items) const;
  void Deallocate(std::byte* chunk) const;
  void GrowFirst(size_t capacity);

  const ItemLayout* layout_;
  size_t size_ = 0;
  // Of the first chunk, which grows; others have room for kChunkItems.
  size_t first_capacity_ = 0;
  std::vector<std::byte*> chunks_;
};

template <class T>
struct ItemOf {
  using Item = absl::StatusOr<T>;

  static Item& At(void* place) { return *static_cast<Item*>(place); }
  static const Item& At(const void* place) { return *static_cast<const Item*>(place); }

  static void Construct(void* place) { ::new (place) Item(); }
  static void Destroy(void* place) { At(place).~Item(); }
  static void Move(void* place, void* from) { ::new (place) Item(std::move(At(from))); }
  static void Copy(void* place, const void* from) { ::new (place) Item(At(from)); }
  static void SetError(void* place, absl::Status error) {
    Destroy(place);
    ::new (place) Item(std::move(error));
  }
  static google::protobuf::Message* SetEmpty(void* place) {
    Destroy(place);
    return &**::new (place) Item(absl::in_place);
  }
  static const google::protobuf::Message* Message(const void* place) {
    return At(place).ok() ? &*At(place) : nullptr;
  }
  static const absl::Status& Status(const void* place) { return At(place).status(); }
  static absl::Status TakeError(void* place) {
    absl::Status error = std::move(At(place)).status();
    Destroy(place);
    return error;
  }
};

template <class T>
const ItemLayout& LayoutOfItems() {
  using Item = ItemOf<T>;
  static const ItemLayout layout = {sizeof(absl::StatusOr<T>),
                                    alignof(absl::StatusOr<T>),
                                    T::default_instance(),
                                    &Item::Construct,
                                    &Item::Destroy,
                                    &Item::Move,
                                    &Item::Copy,
                                    &Item::SetError,
                                    &Item::SetEmpty,
                                    &Item::Message,
                                    &Item::Status,
                                    &Item::TakeError};
  return layout;
}

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_MANY_BASE_H_
