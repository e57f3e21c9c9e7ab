#include "graph/fingerprint.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/fnv128.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "graph/message_names.h"

namespace protograph::internal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// Writes down what the wire format and the meaning of messages hang on. Not DebugString, whose form
// is not promised to stay.
class Schema {
 public:
  void Add(const Descriptor* message) {
    if (!written_.emplace(message->full_name(), "").second) return;
    std::vector<std::string> fields;
    for (int i = 0; i < message->field_count(); ++i) fields.push_back(Field(message->field(i)));
    std::sort(fields.begin(), fields.end());
    written_[message->full_name()] = fmt::format("message {{{}}}", fmt::join(fields, ";"));
  }

  // By full name.
  const std::map<std::string, std::string>& written() const { return written_; }

 private:
  std::string Field(const FieldDescriptor* field) {
    std::string type = field->type_name();
    if (field->message_type() != nullptr) {
      Add(field->message_type());
      type = field->message_type()->full_name();
    } else if (field->enum_type() != nullptr) {
      Add(field->enum_type());
      type = field->enum_type()->full_name();
    }
    const std::string oneof = field->real_containing_oneof() == nullptr
                                  ? std::string()
                                  : field->real_containing_oneof()->name();
    return fmt::format("{:09} {} {} {} {} {} {}", field->number(), static_cast<int>(field->label()),
                       field->is_map() ? "map" : field->type_name(), type, field->name(),
                       field->has_presence(), oneof);
  }

  void Add(const EnumDescriptor* type) {
    if (!written_.emplace(type->full_name(), "").second) return;
    std::vector<std::string> values;
    for (int i = 0; i < type->value_count(); ++i) {
      values.push_back(fmt::format("{} {}", type->value(i)->number(), type->value(i)->name()));
    }
    std::sort(values.begin(), values.end());
    written_[type->full_name()] = fmt::format("enum {{{}}}", fmt::join(values, ";"));
  }

  std::map<std::string, std::string> written_;
};

}  // namespace

std::string Fingerprint(const GraphParts& parts) {
  Schema schema;
  std::set<std::string> wiring;
  for (TypeKey input : parts.inputs) {
    wiring.insert(fmt::format("input {}", FullName(input)));
    schema.Add(&input.descriptor());
  }
  for (const StepDefinition& step : parts.steps) {
    std::vector<std::string> inputs;
    for (TypeKey input : step.inputs) inputs.push_back(FullName(input));
    // Which is the item matters.
    std::sort(inputs.begin() + (step.items.has_value() ? 1 : 0), inputs.end());
    wiring.insert(fmt::format("step {:?} makes {} {} {}", step.options.name, FullName(step.output),
                              step.items.has_value() ? "for each of" : "from",
                              fmt::join(inputs, ",")));
    schema.Add(&step.output.descriptor());
  }
  Fnv128 hash;
  for (const std::string& line : wiring) hash.AddField(line);
  for (const auto& [name, definition] : schema.written()) {
    hash.AddField(name);
    hash.AddField(definition);
  }
  return hash.Hex();
}

}  // namespace protograph::internal
