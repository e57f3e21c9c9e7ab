#include "numbered_messages.h"

#include <array>
#include <cstdlib>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"

namespace protograph::property::numbered {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Type {
  const Message* prototype;
  const FieldDescriptor* value;
};

class Types {
 public:
  Types() {
    google::protobuf::FileDescriptorProto file;
    file.set_name("numbered.proto");
    file.set_package("numbered");
    file.set_syntax("proto3");
    for (uint32_t i = 0; i < kTypes; ++i) {
      google::protobuf::DescriptorProto& type = *file.add_message_type();
      type.set_name(Name(i));
      google::protobuf::FieldDescriptorProto& field = *type.add_field();
      field.set_name("value");
      field.set_number(1);
      field.set_type(google::protobuf::FieldDescriptorProto::TYPE_FIXED64);
      field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    }
    const google::protobuf::FileDescriptor* built = pool_.BuildFile(file);
    if (built == nullptr) std::abort();
    for (uint32_t i = 0; i < kTypes; ++i) {
      const google::protobuf::Descriptor* descriptor = built->message_type(static_cast<int>(i));
      types_[i] = {factory_.GetPrototype(descriptor), descriptor->field(0)};
    }
  }

  const Type& operator[](uint32_t i) const { return types_.at(i); }

 private:
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
  std::array<Type, kTypes> types_;
};

const Types& All() {
  static const Types& types = *new Types;  // outlives every graph
  return types;
}

}  // namespace

internal::TypeKey Key(uint32_t type) { return internal::TypeKey(*All()[type].prototype); }

std::unique_ptr<Message> Make(uint32_t type, uint64_t value) {
  std::unique_ptr<Message> message(All()[type].prototype->New());
  message->GetReflection()->SetUInt64(message.get(), All()[type].value, value);
  return message;
}

bool Read(const Message& message, uint32_t type, uint64_t* value) {
  if (message.GetDescriptor() != All()[type].prototype->GetDescriptor()) return false;
  *value = message.GetReflection()->GetUInt64(message, All()[type].value);
  return true;
}

std::string Name(uint32_t type) { return fmt::format("M{}", type); }

uint32_t TypeNamed(const std::string& name) {
  for (uint32_t i = 0; i < kTypes; ++i) {
    if (Name(i) == name) return i;
  }
  return kTypes;
}

}  // namespace protograph::property::numbered
