#include "graph/values.h"

#include <string>

#include "base/stable_bytes.h"

namespace protograph::internal {

using google::protobuf::Message;

size_t SpaceUsed(TypeKey type, Value value) {
  return type.is_many() ? ManyAt(value).SpaceUsed() : MessageAt(value).SpaceUsedLong();
}

void AddToHash(TypeKey type, Value value, Fnv128& hash) {
  if (!type.is_many()) {
    hash.AddField(StableBytes(MessageAt(value)));
    return;
  }
  const ManyBase& many = ManyAt(value);
  hash.AddField(std::to_string(many.size()));
  for (size_t i = 0; i < many.size(); ++i) {
    if (const Message* const item = many.message(i); item != nullptr) {
      hash.AddField("item");
      hash.AddField(StableBytes(*item));
    } else {
      hash.AddField("error");
      hash.AddField(many.status(i).ToString());
    }
  }
}

OwnedValue::OwnedValue(TypeKey type, Value value) {
  if (type.is_many()) {
    many_ = std::make_unique<ManyBase>(ManyAt(value));
  } else {
    message_.reset(MessageAt(value).New());
    message_->CopyFrom(MessageAt(value));
  }
}

Value OwnedValue::get() const {
  if (many_ != nullptr) return many_.get();
  return message_.get();
}

}  // namespace protograph::internal
