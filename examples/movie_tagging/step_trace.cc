#include "step_trace.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "protograph/clock.h"

namespace movie_tagging {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::TextFormat;

constexpr std::size_t kInputBytesShown = 80;

std::string Print(const Message& message, bool one_line) {
  TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.SetUseShortRepeatedPrimitives(true);
  printer.SetSingleLineMode(one_line);
  if (!one_line) printer.SetInitialIndentLevel(3);
  std::string text;
  printer.PrintToString(message, &text);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
  return text;
}

// An input was shown in full where it was made; here its beginning tells which one it is.
std::string PrintInput(const Message& message) {
  std::string text = Print(message, /*one_line=*/true);
  if (text.size() > kInputBytesShown) {
    std::size_t end = kInputBytesShown;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a letter
    text.resize(end);
    text += " ...";
  }
  return fmt::format("{} {{ {} }}", message.GetDescriptor()->name(), text);
}

std::string_view Unqualified(std::string_view name) { return name.substr(name.rfind('.') + 1); }

std::string Micros(absl::Duration duration) {
  return fmt::format("{:.1f} us", absl::ToDoubleMicroseconds(duration));
}

}  // namespace

StepTrace::Step& StepTrace::Find(const protograph::StepEvent& event) {
  for (Step& step : steps_) {
    if (step.name == event.step) return step;
  }
  Step& step = steps_.emplace_back();
  step.name = std::string(event.step);
  step.output_type = std::string(Unqualified(event.output_type));
  for (const Message* input : event.inputs) step.inputs.push_back(PrintInput(*input));
  return step;
}

void StepTrace::OnAttemptStart(const protograph::ExecCtx& ctx, const protograph::StepEvent& event) {
  const std::lock_guard lock(mutex_);
  Attempt& attempt = Find(event).attempts.emplace_back();
  attempt.start = ctx.clock().Now();  // last, so that the writing down does not count
}

void StepTrace::OnAttemptEnd(const protograph::ExecCtx& ctx, const protograph::StepEvent& event,
                             const absl::Status& status, const Message* output) {
  const absl::Time end = ctx.clock().Now();
  const std::lock_guard lock(mutex_);
  Step& step = Find(event);
  Attempt& attempt = step.attempts.back();
  attempt.took = end - attempt.start;
  attempt.status = status;
  if (output != nullptr) step.output = Print(*output, /*one_line=*/false);
}

void StepTrace::OnBackoff(const protograph::ExecCtx& /*ctx*/, const protograph::StepEvent& event,
                          absl::Duration wait, const absl::Status& /*error*/) {
  const std::lock_guard lock(mutex_);
  Find(event).attempts.back().wait = wait;
}

std::string StepTrace::ToText() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  int number = 0;
  for (const Step& step : steps_) {
    const bool ok = !step.attempts.empty() && step.attempts.back().status.ok();
    text += fmt::format("{}. {}: {}, {} attempt{}, {}\n", ++number, step.name,
                        ok ? "done" : "failed", step.attempts.size(),
                        step.attempts.size() == 1 ? "" : "s", Micros(step.attempts.back().took));
    for (const std::string& input : step.inputs) text += fmt::format("   takes {}\n", input);
    for (std::size_t i = 0; i < step.attempts.size(); ++i) {
      const Attempt& attempt = step.attempts[i];
      if (attempt.status.ok()) continue;
      text += fmt::format("   attempt {} failed after {}: {}", i + 1, Micros(attempt.took),
                          attempt.status.ToString(absl::StatusToStringMode::kWithNoExtraData));
      if (i + 1 < step.attempts.size()) {
        text += fmt::format("; tried again {} later", absl::FormatDuration(attempt.wait));
      }
      text += '\n';
    }
    if (ok) {
      text += fmt::format("   makes {}\n{}\n", step.output_type,
                          step.output.empty() ? "      (nothing set)" : step.output);
    }
  }
  return text;
}

}  // namespace movie_tagging
