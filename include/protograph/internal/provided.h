#ifndef PROTOGRAPH_INTERNAL_PROVIDED_H_
#define PROTOGRAPH_INTERNAL_PROVIDED_H_

// Internal: the graph-lifetime dependencies that GraphBuilder::Provide collects.

#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "protograph/internal/type_name.h"

namespace protograph::internal {

// What a step's constructor asks for.
struct Dependency {
  std::type_index type;
  std::string_view name;
  // Whether the constructor wants to change it.
  bool is_mutable;

  template <class T>
  static Dependency On() {
    return {typeid(T), TypeName<std::remove_const_t<T>>(), !std::is_const_v<T>};
  }
};

struct Provided {
  Dependency what;
  std::shared_ptr<const void> object;
};

class ProvidedSet {
 public:
  void Add(Provided provided) { provided_.push_back(std::move(provided)); }

  const std::vector<Provided>& all() const { return provided_; }

  // The first that was provided under the type; null where none was.
  const Provided* Find(std::type_index type) const {
    for (const Provided& provided : provided_) {
      if (provided.what.type == type) return &provided;
    }
    return nullptr;
  }

  // T as const as the step wants it. Only where Find has found it, mutable if it is to be.
  template <class T>
  std::shared_ptr<T> Get() const {
    // The object was mutable when it was provided, or T is const here.
    return std::static_pointer_cast<T>(
        std::const_pointer_cast<void>(Find(typeid(std::remove_const_t<T>))->object));
  }

 private:
  std::vector<Provided> provided_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_PROVIDED_H_
