#include "graph/message_names.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "google/protobuf/descriptor.h"

namespace protograph::internal {
namespace {

// Without the package, but with the messages it is nested in.
std::string ShortName(TypeKey type) {
  const google::protobuf::Descriptor* descriptor = &type.descriptor();
  std::string name = descriptor->name();
  while ((descriptor = descriptor->containing_type()) != nullptr) {
    name.insert(0, descriptor->name() + ".");
  }
  return name;
}

// "Many<T>" for a collection of T.
std::string InWords(TypeKey type, std::string name) {
  return type.is_many() ? "Many<" + name + ">" : name;
}

}  // namespace

std::string FullName(TypeKey type) { return InWords(type, type.descriptor().full_name()); }

MessageNames::MessageNames(std::span<const TypeKey> types) {
  absl::flat_hash_set<TypeKey> counted;
  for (TypeKey type : types) {
    if (counted.insert(type.item()).second) ++uses_[ShortName(type)];
  }
}

std::string MessageNames::Of(TypeKey type) const {
  std::string name = ShortName(type);
  const auto found = uses_.find(name);
  if (found != uses_.end() && found->second > 1) return FullName(type);
  return InWords(type, std::move(name));
}

std::string MessageNames::Path(std::span<const TypeKey> types) const {
  std::string path;
  for (TypeKey type : types) {
    if (!path.empty()) path += " <- ";
    path += Of(type);
  }
  return path;
}

}  // namespace protograph::internal
