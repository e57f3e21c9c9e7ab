#include "tools/cli/published_graph.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

namespace pb = ::google::protobuf;

template <class JsonStatus>
std::string Reason(const JsonStatus& status) {
  const auto message = status.message();
  return OneLine(std::string_view(message.data(), message.size()), 300);
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// All messages of a graph, in the order of its description.
std::vector<std::string> MessagesOf(const GraphDescription& graph) {
  std::vector<std::string> names(graph.inputs().begin(), graph.inputs().end());
  for (const StepDescription& step : graph.steps()) names.push_back(step.output());
  return names;
}

void FillExample(pb::Message& message, int depth) {
  const pb::Descriptor* const descriptor = message.GetDescriptor();
  const pb::Reflection* const reflection = message.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const pb::FieldDescriptor* const field = descriptor->field(i);
    if (field->is_repeated() || field->real_containing_oneof() != nullptr) continue;
    switch (field->cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_INT32:
        reflection->SetInt32(&message, field, 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(&message, field, 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_UINT32:
        reflection->SetUInt32(&message, field, 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_UINT64:
        reflection->SetUInt64(&message, field, 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->SetDouble(&message, field, 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_FLOAT:
        reflection->SetFloat(&message, field, 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetBool(&message, field, true);
        break;
      case pb::FieldDescriptor::CPPTYPE_STRING:
        reflection->SetString(&message, field, "1");
        break;
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth > 0) FillExample(*reflection->MutableMessage(&message, field), depth - 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        break;
    }
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<KnownGraph>> KnownGraph::Read(const PublishedGraph& published) {
  std::unique_ptr<KnownGraph> graph(new KnownGraph());
  pb::FileDescriptorSet files;
  bool ok = graph->description_.ParseFromString(published.description) &&
            files.ParseFromString(published.descriptors);
  // Each comes after those that it imports.
  for (const pb::FileDescriptorProto& file : files.file()) {
    ok = ok && graph->pool_.BuildFile(file) != nullptr;
  }
  if (!ok) {
    return absl::DataLossError(
        fmt::format("what a worker has published of graph {} cannot be read: start a worker of "
                    "this release, which publishes it anew",
                    published.graph));
  }
  graph->description_.set_name(published.graph);
  return graph;
}

absl::StatusOr<std::string> KnownGraph::FullName(std::string_view name) const {
  const std::vector<std::string> names = MessagesOf(description_);
  if (std::find(names.begin(), names.end(), name) != names.end()) return std::string(name);
  std::vector<std::string> found;
  for (const std::string& candidate : names) {
    if (ShortName(candidate) == name) found.push_back(candidate);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return absl::InvalidArgumentError(fmt::format("graph {} has no message {}: its messages are {}",
                                                  this->name(), name, Joined(names)));
  }
  return absl::InvalidArgumentError(fmt::format("graph {} has several messages {}: write one of {}",
                                                this->name(), name, Joined(found)));
}

std::vector<std::string> KnownGraph::NeededInputs(const std::string& output_type) const {
  std::set<std::string> needed = {output_type};
  // Each step comes after those that it needs.
  for (int i = description_.steps_size(); i-- > 0;) {
    const StepDescription& step = description_.steps(i);
    if (needed.contains(step.output())) needed.insert(step.inputs().begin(), step.inputs().end());
  }
  std::vector<std::string> inputs;
  for (const std::string& input : description_.inputs()) {
    if (needed.contains(input)) inputs.push_back(input);
  }
  return inputs;
}

absl::StatusOr<std::unique_ptr<pb::Message>> KnownGraph::Make(const std::string& type) const {
  const pb::Descriptor* const descriptor = pool_.FindMessageTypeByName(type);
  if (descriptor == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("graph {} knows no message {}", description_.name(), type));
  }
  return std::unique_ptr<pb::Message>(factory_.GetPrototype(descriptor)->New());
}

absl::StatusOr<std::string> KnownGraph::ToBinary(const std::string& type,
                                                 const std::string& json) const {
  absl::StatusOr<std::unique_ptr<pb::Message>> message = Make(type);
  if (!message.ok()) return message.status();
  const auto status = pb::util::JsonStringToMessage(json, message->get());
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("{} is no {} in JSON: {}", OneLine(json, 80), type, Reason(status)));
  }
  return (*message)->SerializeAsString();
}

absl::StatusOr<std::string> KnownGraph::ToJson(const std::string& type,
                                               const std::string& binary) const {
  absl::StatusOr<std::unique_ptr<pb::Message>> message = Make(type);
  if (!message.ok()) return message.status();
  std::string json;
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  if (!(*message)->ParseFromString(binary) ||
      !pb::util::MessageToJsonString(**message, &json, options).ok()) {
    return absl::InvalidArgumentError(fmt::format("these {} bytes are no {}", binary.size(), type));
  }
  return json;
}

std::string KnownGraph::ExampleJson(const std::string& type) const {
  absl::StatusOr<std::unique_ptr<pb::Message>> message = Make(type);
  if (!message.ok()) return "{}";
  FillExample(**message, 2);
  absl::StatusOr<std::string> json = ToJson(type, (*message)->SerializeAsString());
  return json.ok() ? *json : "{}";
}

absl::StatusOr<KnownGraphs> KnownGraphs::Load(JobStore& jobs) {
  absl::StatusOr<std::vector<PublishedGraph>> published = jobs.Graphs();
  if (!published.ok()) return published.status();
  KnownGraphs graphs;
  for (const PublishedGraph& graph : *published) {
    absl::StatusOr<std::unique_ptr<KnownGraph>> known = KnownGraph::Read(graph);
    if (known.ok()) {
      graphs.graphs_.push_back(*std::move(known));
    } else {
      // The others are as good as they were.
      std::cerr << "warning: " << std::string(known.status().message()) << '\n';
    }
  }
  return graphs;
}

const KnownGraph* KnownGraphs::Find(std::string_view name) const {
  for (const std::unique_ptr<KnownGraph>& graph : graphs_) {
    if (graph->name() == name) return graph.get();
  }
  return nullptr;
}

absl::StatusOr<Target> ParseTarget(const KnownGraphs& graphs, std::string_view text) {
  // There may be dots in names of graphs, so that the longest that is known counts.
  for (size_t dot = text.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = text.rfind('.', dot - 1)) {
    const KnownGraph* const known = graphs.Find(text.substr(0, dot));
    if (known == nullptr) continue;
    absl::StatusOr<std::string> output = known->FullName(text.substr(dot + 1));
    if (!output.ok()) return output.status();
    return Target{.graph = known->name(), .output_type = *std::move(output), .known = known};
  }
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) {
    return absl::InvalidArgumentError(
        fmt::format("{} names no output of a graph: write <graph>.<Output>, such as movies.TagSet",
                    OneLine(text)));
  }
  const std::string_view graph = text.substr(0, dot);
  const std::string_view output = text.substr(dot + 1);
  if (output.find('.') == std::string_view::npos) {
    return absl::InvalidArgumentError(
        fmt::format("no worker has published a graph {} (see `protograph graphs`), so that the "
                    "message must be given in full: {}.<package>.{}",
                    graph, graph, output));
  }
  // A dot before the name says that it has no package.
  const std::string_view full_name = output.front() == '.' ? output.substr(1) : output;
  return Target{.graph = std::string(graph), .output_type = std::string(full_name)};
}

std::string PayloadJson(const KnownGraph* graph, const std::string& type,
                        const std::string& binary) {
  if (graph != nullptr) {
    absl::StatusOr<std::string> json = graph->ToJson(type, binary);
    if (json.ok()) return *std::move(json);
  }
  return JsonWriter()
      .BeginObject()
      .Key("base64")
      .String(absl::Base64Escape(binary))
      .EndObject()
      .text();
}

}  // namespace protograph::cli
