#include "protograph/internal/many_base.h"

#include <algorithm>

namespace protograph::internal {

ManyBase::ManyBase(const ManyBase& other) : layout_(other.layout_) {
  Reserve(other.size_);
  for (size_t i = 0; i < other.size_; ++i) layout_->copy(Append(), other.Place(i));
}

ManyBase& ManyBase::operator=(const ManyBase& other) {
  if (this != &other) *this = ManyBase(other);
  return *this;
}

ManyBase& ManyBase::operator=(ManyBase&& other) noexcept {
  std::swap(layout_, other.layout_);
  std::swap(size_, other.size_);
  std::swap(first_capacity_, other.first_capacity_);
  std::swap(chunks_, other.chunks_);
  other.Clear();
  return *this;
}

size_t ManyBase::CountErrors() const {
  size_t errors = 0;
  for (size_t i = 0; i < size_; ++i) errors += message(i) == nullptr ? 1 : 0;
  return errors;
}

size_t ManyBase::SpaceUsed() const {
  size_t bytes = size_ * layout_->size;
  for (size_t i = 0; i < size_; ++i) {
    if (chunks_[i / kChunkItems] == nullptr) continue;
    if (const google::protobuf::Message* item = message(i); item != nullptr) {
      bytes += item->SpaceUsedLong();
    }
  }
  return bytes;
}

void ManyBase::Clear() {
  for (size_t chunk = 0; chunk < chunks_.size(); ++chunk) FreeChunk(chunk);
  chunks_.clear();
  size_ = 0;
  first_capacity_ = 0;
}

void ManyBase::Reserve(size_t n) {
  if (first_capacity_ < kChunkItems && n > first_capacity_) GrowFirst(std::min(n, kChunkItems));
}

void* ManyBase::Append() {
  if (size_ < kChunkItems) {
    if (size_ == first_capacity_) GrowFirst(std::clamp<size_t>(2 * size_, 4, kChunkItems));
  } else if (size_ % kChunkItems == 0) {
    chunks_.push_back(Allocate(kChunkItems));
  }
  return Place(size_++);
}

void ManyBase::SetSize(size_t n) {
  Clear();
  size_ = n;
  chunks_.resize((n + kChunkItems - 1) / kChunkItems);
  first_capacity_ = chunks_.empty() ? 0 : ChunkSize(0);
}

size_t ManyBase::ChunkSize(size_t chunk) const {
  return std::min(kChunkItems, size_ - chunk * kChunkItems);
}

void ManyBase::MakeChunk(size_t chunk) {
  const size_t items = ChunkSize(chunk);
  // For whoever appends to it later; see first_capacity_.
  std::byte* const memory = Allocate(chunk == 0 ? items : kChunkItems);
  for (size_t i = 0; i < items; ++i) layout_->construct(memory + i * layout_->size);
  chunks_[chunk] = memory;
}

void ManyBase::FreeChunk(size_t chunk) {
  std::byte* const memory = std::exchange(chunks_[chunk], nullptr);
  if (memory == nullptr) return;
  // The first may have room and no item.
  const size_t items = size_ == 0 ? 0 : ChunkSize(chunk);
  for (size_t i = 0; i < items; ++i) layout_->destroy(memory + i * layout_->size);
  Deallocate(memory);
}

std::byte* ManyBase::Allocate(size_t items) const {
  return static_cast<std::byte*>(
      ::operator new(items * layout_->size, std::align_val_t(layout_->alignment)));
}

void ManyBase::Deallocate(std::byte* chunk) const {
  ::operator delete(chunk, std::align_val_t(layout_->alignment));
}

void ManyBase::GrowFirst(size_t capacity) {
  std::byte* const grown = Allocate(capacity);
  for (size_t i = 0; i < size_; ++i) {
    layout_->move(grown + i * layout_->size, Place(i));
    layout_->destroy(Place(i));
  }
  if (chunks_.empty()) {
    chunks_.push_back(grown);
  } else {
    Deallocate(std::exchange(chunks_.front(), grown));
  }
  first_capacity_ = capacity;
}

}  // namespace protograph::internal
