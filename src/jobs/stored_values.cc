#include "jobs/stored_values.h"

#include <string_view>
#include <utility>

#include "absl/strings/cord.h"
#include "base/stable_bytes.h"
#include "fmt/format.h"
#include "graph/message_names.h"

namespace protograph::internal {

using google::protobuf::Message;

StoredStatus ToStored(const absl::Status& status) {
  StoredStatus stored;
  stored.set_code(static_cast<int>(status.code()));
  stored.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& content) {
    StatusPayload& payload = *stored.add_payloads();
    payload.set_type_url(std::string(type_url));
    payload.set_content(std::string(content));
  });
  return stored;
}

absl::Status FromStored(const StoredStatus& stored) {
  absl::Status status(static_cast<absl::StatusCode>(stored.code()), stored.message());
  // Whatever was written is an error.
  if (status.ok()) status = absl::UnknownError(stored.message());
  for (const StatusPayload& payload : stored.payloads()) {
    status.SetPayload(payload.type_url(), absl::Cord(payload.content()));
  }
  return status;
}

SharedInput ToStored(TypeKey type, Value value) {
  SharedInput stored;
  stored.set_type(FullName(type));
  if (!type.is_many()) {
    stored.set_message(StableBytes(MessageAt(value)));
    return stored;
  }
  const ManyBase& many = ManyAt(value);
  StoredCollection& collection = *stored.mutable_collection();
  for (size_t i = 0; i < many.size(); ++i) {
    StoredItem& item = *collection.add_items();
    if (const Message* const message = many.message(i); message != nullptr) {
      item.set_message(StableBytes(*message));
    } else {
      *item.mutable_error() = ToStored(many.status(i));
    }
  }
  return stored;
}

bool AppendItem(ManyBase& collection, const std::string& bytes) {
  const ItemLayout& layout = collection.layout();
  void* const place = collection.Append();
  layout.construct(place);
  return layout.set_empty(place)->ParseFromString(bytes);
}

absl::StatusOr<std::shared_ptr<const SharedValues>> SharedValues::Make(const GraphCore& core,
                                                                       const std::string& stored) {
  const auto damaged = [](std::string_view type) {
    return absl::InvalidArgumentError(
        fmt::format("what the items share is damaged, or was made by another version of the "
                    "graph: {}",
                    type));
  };
  SharedInputs inputs;
  if (!inputs.ParseFromString(stored)) return damaged("all of it");
  auto shared = std::make_shared<SharedValues>();
  for (const SharedInput& input : inputs.inputs()) {
    const TypeKey type = core.FindType(input.type());
    if (!type || type.is_many() != input.has_collection()) return damaged(input.type());
    shared->types_.push_back(input.type());
    if (!type.is_many()) {
      shared->messages_.emplace_back(type.prototype().New());
      if (!shared->messages_.back()->ParseFromString(input.message())) return damaged(input.type());
      shared->values_.push_back(shared->messages_.back().get());
      continue;
    }
    const ItemLayout* const layout = core.LayoutOf(type);
    if (layout == nullptr) return damaged(input.type());
    ManyBase& many = *shared->collections_.emplace_back(std::make_unique<ManyBase>(*layout));
    for (const StoredItem& item : input.collection().items()) {
      if (item.has_error()) {
        void* const place = many.Append();
        layout->construct(place);
        layout->set_error(place, FromStored(item.error()));
      } else if (!AppendItem(many, item.message())) {
        return damaged(input.type());
      }
    }
    shared->values_.push_back(&many);
  }
  return std::shared_ptr<const SharedValues>(std::move(shared));
}

}  // namespace protograph::internal
