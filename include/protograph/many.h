#ifndef PROTOGRAPH_MANY_H_
#define PROTOGRAPH_MANY_H_

// Many<T>: a collection of messages, as steps make and take it.
//
//   absl::StatusOr<Many<MovieId>> ListMovies::Compute(ExecCtx& ctx, const CatalogId& id) const {
//     Many<MovieId> movies;
//     for (int64_t movie : catalog_->List(id)) movies.Add().set_id(movie);
//     return movies;
//   }
//
//   CatalogSummary Summarize::Compute(ExecCtx& ctx, const Many<EnrichedMovie>& movies) const {
//     CatalogSummary summary;
//     for (const EnrichedMovie& movie : movies) AddTo(summary, movie);
//     summary.set_left_out(movies.failed_count());
//     return summary;
//   }
//
// Where a map step tolerates that it fails for some items (ItemOptions in step_options.h), they
// stand in its result as errors, at their places. How collections flow through a graph:
// docs/collections.md.

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/internal/many_base.h"

namespace protograph {

namespace internal {
class ManyAccess;
}  // namespace internal

// An item that is an error.
struct ItemFailure {
  size_t index;
  absl::Status status;
};

// A value like std::vector: copies are deep, moves are cheap. As thread safe as one. A collection
// that was moved from is empty.
template <class T>
class Many {
 public:
  using value_type = T;

  Many() : base_(internal::LayoutOfItems<T>()) {}
  Many(std::initializer_list<T> messages) : Many() {
    Reserve(messages.size());
    for (const T& message : messages) Add(message);
  }
  explicit Many(std::vector<T> messages) : Many() {
    Reserve(messages.size());
    for (T& message : messages) Add(std::move(message));
  }

  // Items, those that are errors among them.
  size_t size() const { return base_.size(); }
  bool empty() const { return size() == 0; }

  // Room for n items.
  void Reserve(size_t n) { base_.Reserve(n); }
  void Clear() { base_.Clear(); }

  // Appends. The reference holds until the next item is added.
  T& Add() { return **::new (base_.Append()) absl::StatusOr<T>(absl::in_place); }
  T& Add(T message) {
    return **::new (base_.Append()) absl::StatusOr<T>(absl::in_place, std::move(message));
  }
  // Appends an item that is an error, which must not be OK: map steps leave it as it is.
  void AddError(absl::Status error) {
    if (error.ok()) error = absl::InternalError("Many<T>::AddError was given OK");
    ::new (base_.Append()) absl::StatusOr<T>(std::move(error));
  }

  // i < size().
  const absl::StatusOr<T>& operator[](size_t i) const {
    return internal::ItemOf<T>::At(base_.Place(i));
  }

  // The messages, in order, without the items that are errors.
  class const_iterator {  // NOLINT(readability-identifier-naming): as containers have it
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    const_iterator() = default;
    const T& operator*() const { return *(*many_)[i_]; }
    const T* operator->() const { return &**this; }
    const_iterator& operator++() {
      ++i_;
      SkipErrors();
      return *this;
    }
    const_iterator operator++(int) {
      const_iterator before = *this;
      ++*this;
      return before;
    }
    // Of the item, among all.
    size_t index() const { return i_; }
    friend bool operator==(const const_iterator& a, const const_iterator& b) {
      return a.i_ == b.i_;
    }

   private:
    friend class Many;
    const_iterator(const Many* many, size_t i) : many_(many), i_(i) { SkipErrors(); }
    void SkipErrors() {
      while (i_ < many_->size() && !(*many_)[i_].ok()) ++i_;
    }

    const Many* many_ = nullptr;
    size_t i_ = 0;
  };
  using iterator = const_iterator;
  const_iterator begin() const { return const_iterator(this, 0); }
  const_iterator end() const { return const_iterator(this, size()); }

  // Items that are errors. Looks at all.
  size_t failed_count() const { return base_.CountErrors(); }
  std::vector<ItemFailure> failures() const {
    std::vector<ItemFailure> failures;
    for (size_t i = 0; i < size(); ++i) {
      if (!(*this)[i].ok()) failures.push_back({i, (*this)[i].status()});
    }
    return failures;
  }

 private:
  friend class internal::ManyAccess;

  internal::ManyBase base_;
};

namespace internal {
// The door between a collection and its items without their class.
class ManyAccess {
 public:
  template <class T>
  static ManyBase& Base(Many<T>& many) {
    return many.base_;
  }
  template <class T>
  static const ManyBase& Base(const Many<T>& many) {
    return many.base_;
  }
  // The inverse: `base` must be that of a Many<T>.
  template <class T>
  static const Many<T>& Of(const ManyBase& base) {
    static_assert(sizeof(Many<T>) == sizeof(ManyBase) && std::is_standard_layout_v<Many<T>>);
    return reinterpret_cast<const Many<T>&>(base);
  }
};

template <class T>
struct ManyTraits {
  static constexpr bool kIsMany = false;
};
template <class T>
struct ManyTraits<Many<T>> {
  static constexpr bool kIsMany = true;
  using Item = T;
};
template <class T>
concept IsMany = ManyTraits<T>::kIsMany;
}  // namespace internal

}  // namespace protograph

#endif  // PROTOGRAPH_MANY_H_
