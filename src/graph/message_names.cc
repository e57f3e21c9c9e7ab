#include "graph/message_names.h"

#include "absl/container/flat_hash_set.h"
#include "google/protobuf/descriptor.h"

namespace protograph::internal {
namespace {

// Without the package, but with the messages it is nested in.
std::string ShortName(MessageKey type) {
  const google::protobuf::Descriptor* descriptor = type->GetDescriptor();
  std::string name = descriptor->name();
  while ((descriptor = descriptor->containing_type()) != nullptr) {
    name.insert(0, descriptor->name() + ".");
  }
  return name;
}

}  // namespace

std::string FullName(MessageKey type) { return type->GetDescriptor()->full_name(); }

MessageNames::MessageNames(std::span<const MessageKey> types) {
  absl::flat_hash_set<MessageKey> counted;
  for (MessageKey type : types) {
    if (counted.insert(type).second) ++uses_[ShortName(type)];
  }
}

std::string MessageNames::Of(MessageKey type) const {
  std::string name = ShortName(type);
  const auto found = uses_.find(name);
  return found != uses_.end() && found->second > 1 ? FullName(type) : name;
}

std::string MessageNames::Path(std::span<const MessageKey> types) const {
  std::string path;
  for (MessageKey type : types) {
    if (!path.empty()) path += " <- ";
    path += Of(type);
  }
  return path;
}

}  // namespace protograph::internal
