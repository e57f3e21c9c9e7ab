#include "graph/erased_call.h"

#include <climits>
#include <cstddef>
#include <cstdint>
#include <typeinfo>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "fmt/format.h"
#include "graph/call_check.h"

namespace protograph::internal {

using google::protobuf::Message;

absl::StatusOr<std::unique_ptr<ErasedCall>> ErasedCall::Make(
    const Graph& graph, std::string_view output_type, std::span<const std::string> input_types) {
  const GraphCore& core = GraphAccess::Core(graph);
  absl::StatusOr<CallTypes> types = FindCallTypes(core, output_type, input_types);
  if (!types.ok()) return std::move(types).status();
  const absl::StatusOr<CallTag> tag = core.MakeTagFor({&types->output, 1}, types->inputs);
  if (!tag.ok()) return tag.status();
  return std::unique_ptr<ErasedCall>(
      new ErasedCall(graph, types->output, std::move(types->inputs), *tag));
}

ErasedCall::ErasedCall(const Graph& graph, TypeKey output, std::vector<TypeKey> inputs, CallTag tag)
    : graph_(graph),
      core_(GraphAccess::Core(graph_)),
      output_(output),
      inputs_(std::move(inputs)),
      tag_(tag) {}

std::vector<std::unique_ptr<Message>> ErasedCall::NewInputs() const {
  std::vector<std::unique_ptr<Message>> messages;
  messages.reserve(inputs_.size());
  for (TypeKey input : inputs_) messages.emplace_back(input.prototype().New());
  return messages;
}

absl::StatusOr<std::string> ErasedCall::Execute(ExecCtx& ctx,
                                                std::span<const Message* const> inputs) const {
  if (absl::Status status = CheckInputs(inputs); !status.ok()) return status;
  const CallKind kind = {.tag = tag_, .outputs = {&output_, 1}, .inputs = inputs_};
  Execution execution(core_, ctx);
  absl::InlinedVector<Value, 4> values(inputs.begin(), inputs.end());
  if (absl::Status status = execution.Run(kind, values.data(), Execution::LastStep::kRun);
      !status.ok()) {
    return status;
  }
  return BytesOf(MessageAt(execution.Answer(0).value));
}

absl::Status ErasedCall::CheckInputs(std::span<const Message* const> inputs) const {
  if (inputs.size() != inputs_.size()) {
    return absl::InvalidArgumentError(
        fmt::format("the call of graph {} takes {} inputs and was given {}", core_.name(),
                    inputs_.size(), inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    // By the class and not by the descriptor, which a dynamic message may share: a step could not
    // read that.
    const Message& given = *inputs[i];
    const Message& wanted = inputs_[i].prototype();
    if (typeid(given) == typeid(wanted)) [[likely]] {
      continue;
    }
    return absl::InvalidArgumentError(fmt::format(
        "input {} of the call of graph {} is to be a {} and was given a {}: fill the "
        "messages of NewInputs",
        i + 1, core_.name(), core_.DisplayName(inputs_[i]), core_.DisplayName(TypeKey(given))));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ErasedCall::BytesOf(const Message& answer) const {
  if (!answer.IsInitialized()) {
    return absl::InternalError(
        fmt::format("the {} that graph {} made cannot be serialised, as required fields are not "
                    "set: {}",
                    core_.DisplayName(output_), core_.name(), answer.InitializationErrorString()));
  }
  const size_t size = answer.ByteSizeLong();
  if (size > INT_MAX) {
    return absl::InternalError(
        fmt::format("the {} that graph {} made cannot be serialised: it has {} bytes, and protobuf "
                    "allows 2 GiB",
                    core_.DisplayName(output_), core_.name(), size));
  }
  std::string bytes(size, '\0');
  answer.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(bytes.data()));
  return bytes;
}

}  // namespace protograph::internal
