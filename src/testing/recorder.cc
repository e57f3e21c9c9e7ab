#include "protograph/testing/recorder.h"

#include <utility>

namespace protograph::testing {
namespace {

std::shared_ptr<const google::protobuf::Message> Copy(const google::protobuf::Message& message) {
  std::shared_ptr<google::protobuf::Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

template <class Messages>
Messages OfType(Messages messages, const google::protobuf::Descriptor& type) {
  std::erase_if(messages, [&](const auto& message) { return message->GetDescriptor() != &type; });
  return messages;
}

}  // namespace

std::vector<std::string> Recorder::order() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return order_;
}

int Recorder::count(std::string_view step) const { return Of(step).runs; }

int Recorder::attempts(std::string_view step) const { return Of(step).attempts; }

std::vector<absl::Status> Recorder::failures(std::string_view step) const {
  return Of(step).failures;
}

std::vector<absl::Duration> Recorder::backoffs(std::string_view step) const {
  return Of(step).backoffs;
}

Recorder::Messages Recorder::InputsOf(std::string_view step,
                                      const google::protobuf::Descriptor& type) const {
  return OfType(Of(step).inputs, type);
}

Recorder::Messages Recorder::OutputsOf(std::string_view step,
                                       const google::protobuf::Descriptor& type) const {
  return OfType(Of(step).outputs, type);
}

void Recorder::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  order_.clear();
  steps_.clear();
}

void Recorder::OnAttemptStart(const ExecCtx& /*ctx*/, const StepEvent& event) {
  Messages inputs;
  // Later attempts of a run get the same.
  if (event.attempt == 1) {
    for (const google::protobuf::Message* input : event.inputs) {
      if (input != nullptr) inputs.push_back(Copy(*input));
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  StepLog& step = At(event.step);
  ++step.attempts;
  if (event.attempt > 1) return;
  order_.emplace_back(event.step);
  ++step.runs;
  for (auto& input : inputs) step.inputs.push_back(std::move(input));
}

void Recorder::OnAttemptEnd(const ExecCtx& /*ctx*/, const StepEvent& event,
                            const absl::Status& status, const google::protobuf::Message* output) {
  const auto copy = output != nullptr ? Copy(*output) : nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  StepLog& step = At(event.step);
  if (copy != nullptr) step.outputs.push_back(copy);
  if (!status.ok()) step.failures.push_back(status);
}

void Recorder::OnBackoff(const ExecCtx& /*ctx*/, const StepEvent& event, absl::Duration wait,
                         const absl::Status& /*error*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  At(event.step).backoffs.push_back(wait);
}

Recorder::StepLog Recorder::Of(std::string_view step) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = steps_.find(step);
  return found == steps_.end() ? StepLog() : found->second;
}

Recorder::StepLog& Recorder::At(std::string_view step) {
  const auto found = steps_.find(step);
  return found != steps_.end() ? found->second : steps_[std::string(step)];
}

}  // namespace protograph::testing
