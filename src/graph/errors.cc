#include "protograph/errors.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <typeinfo>

#include "fmt/format.h"
#include "graph/duration_proto.h"
#include "graph/failure.h"
#include "graph/message_names.h"

namespace protograph {
namespace {

constexpr char kGraphFaultsUrl[] = "type.googleapis.com/protograph.GraphFaults";
constexpr char kRetryHintUrl[] = "type.googleapis.com/protograph.RetryHint";
constexpr char kStepFailureUrl[] = "type.googleapis.com/protograph.StepFailure";
constexpr char kThrownExceptionUrl[] = "type.googleapis.com/protograph.ThrownException";

template <class Payload>
std::optional<Payload> GetPayload(const absl::Status& status, const char* url) {
  const absl::optional<absl::Cord> bytes = status.GetPayload(url);
  Payload payload;
  if (!bytes.has_value() || !payload.ParseFromString(std::string(*bytes))) return std::nullopt;
  return payload;
}

template <class Payload>
absl::Status WithPayload(absl::Status status, const char* url, const Payload& payload) {
  status.SetPayload(url, absl::Cord(payload.SerializeAsString()));
  return status;
}

}  // namespace

absl::Status RetryAfter(absl::Status error, absl::Duration wait) {
  RetryHint hint;
  // No longer than a message can say, and so than anybody waits.
  *hint.mutable_retry_after() =
      internal::ToProto(std::clamp(wait, absl::ZeroDuration(), absl::Hours(24 * 365)));
  return WithPayload(std::move(error), kRetryHintUrl, hint);
}

absl::Status DoNotRetry(absl::Status error) {
  RetryHint hint;
  hint.set_do_not_retry(true);
  return WithPayload(std::move(error), kRetryHintUrl, hint);
}

std::optional<StepFailure> GetStepFailure(const absl::Status& status) {
  return GetPayload<StepFailure>(status, kStepFailureUrl);
}

std::optional<GraphFaults> GetGraphFaults(const absl::Status& status) {
  return GetPayload<GraphFaults>(status, kGraphFaultsUrl);
}

namespace internal {
namespace {

std::string Demangled(const std::type_info& type) {
  int failed = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed), &std::free);
  return failed == 0 ? std::string(name.get()) : std::string(type.name());
}

absl::Status Thrown(absl::StatusCode code, const std::string& type, std::string_view what) {
  ThrownException payload;
  payload.set_type(type);
  return WithPayload(absl::Status(code, what.empty() ? type : fmt::format("{}: {}", type, what)),
                     kThrownExceptionUrl, payload);
}

std::string_view Why(StepFailure::GaveUp gave_up) {
  switch (gave_up) {
    case StepFailure::STEP_SAID_NO:
      return ", which the step said not to retry";
    case StepFailure::BUDGET_SPENT:
      return ", as the next attempt would begin after the retry budget";
    case StepFailure::DEADLINE_WOULD_PASS:
      return ", as the next attempt would begin after the deadline";
    case StepFailure::CANCELLED:
      return ", as the execution was asked to stop";
    case StepFailure::DEADLINE_PASSED:
      return ", as the deadline has passed";
    default:
      return "";
  }
}

std::string SentenceOnItems(const FailedStep& failed, const FailedItems& items,
                            const std::string& path) {
  const bool has_ended =
      failed.gave_up == StepFailure::CANCELLED || failed.gave_up == StepFailure::DEADLINE_PASSED;
  std::string sentence = fmt::format("step {} ", failed.step->name);
  if (has_ended) {
    sentence += fmt::format("was stopped after {} of {} items{}", items.total - items.not_run,
                            items.total, Why(failed.gave_up));
    if (items.failed > 0) sentence += fmt::format("; {} had failed", items.failed);
  } else {
    sentence += fmt::format("failed for {} of {} items", items.failed, items.total);
    if (items.tolerated.has_value()) {
      sentence += fmt::format(", more than the {} that may fail", *items.tolerated);
    }
    if (items.not_run > 0) {
      sentence +=
          fmt::format(", and {} {} not run", items.not_run, items.not_run == 1 ? "was" : "were");
    }
  }
  sentence += fmt::format(" ({})", path);
  for (size_t i = 0; i < items.first.size(); ++i) {
    const FailedItem& item = items.first[i];
    sentence += fmt::format("{} item {} after {} attempt{}: {}", i == 0 ? ":" : ";", item.index,
                            item.attempts, item.attempts == 1 ? "" : "s", item.error);
  }
  if (items.failed > items.first.size() && !items.first.empty()) {
    sentence += fmt::format("; and {} more", items.failed - items.first.size());
  }
  return sentence;
}

std::string Sentence(const FailedStep& failed, const std::string& path) {
  if (failed.items.has_value()) return SentenceOnItems(failed, *failed.items, path);
  if (failed.attempts == 0) {
    return fmt::format("step {} was not begun{} ({})", failed.step->name, Why(failed.gave_up),
                       path);
  }
  absl::Duration waited;
  for (absl::Duration wait : failed.waits) waited += wait;
  return fmt::format("step {} failed after {} attempt{}{}{} ({}): {}", failed.step->name,
                     failed.attempts, failed.attempts == 1 ? "" : "s",
                     failed.waits.empty()
                         ? std::string()
                         : fmt::format(" and {} of waiting", absl::FormatDuration(waited)),
                     Why(failed.gave_up), path, std::string(failed.last_error.message()));
}

absl::StatusCode CodeOf(const FailedStep& failed) {
  if (failed.gave_up == StepFailure::CANCELLED) return absl::StatusCode::kCancelled;
  if (failed.gave_up == StepFailure::DEADLINE_PASSED) return absl::StatusCode::kDeadlineExceeded;
  return failed.last_error.code();
}

}  // namespace

absl::Status StatusOfCurrentException() {
  try {
    throw;
  } catch (const std::bad_alloc& e) {
    return Thrown(absl::StatusCode::kResourceExhausted, Demangled(typeid(e)), e.what());
  } catch (const std::exception& e) {
    return Thrown(absl::StatusCode::kUnknown, Demangled(typeid(e)), e.what());
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return Thrown(absl::StatusCode::kUnknown,
                  type == nullptr ? "an exception of unknown type" : Demangled(*type), "");
  }
}

std::optional<RetryHint> HintOf(const absl::Status& error) {
  return GetPayload<RetryHint>(error, kRetryHintUrl);
}

absl::Status ItemStatus(const FailedStep& failed) {
  absl::Status status(
      failed.last_error.code(),
      fmt::format("step {} failed after {} attempt{}: {}", failed.step->name, failed.attempts,
                  failed.attempts == 1 ? "" : "s", std::string(failed.last_error.message())));
  failed.last_error.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { status.SetPayload(url, payload); });
  // It was said to this step.
  status.ErasePayload(kRetryHintUrl);
  return status;
}

absl::Status ToStatus(const FailedStep& failed, const GraphCore& core, const Plan& plan) {
  const std::vector<TypeKey> path = PathTo(core, plan, failed.step->output);
  absl::Status status(CodeOf(failed), Sentence(failed, core.names().Path(path)));
  failed.last_error.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { status.SetPayload(url, payload); });
  // It was said to this execution, not to whoever may run it as a step of its own.
  status.ErasePayload(kRetryHintUrl);

  StepFailure failure;
  failure.set_step(failed.step->name);
  failure.set_output_type(FullName(failed.step->output));
  for (TypeKey type : path) failure.add_path(FullName(type));
  failure.set_attempts(failed.attempts);
  for (absl::Duration wait : failed.waits) *failure.add_waits() = ToProto(wait);
  failure.set_gave_up(failed.gave_up);
  failure.set_last_error(std::string(failed.last_error.message()));
  if (failed.items.has_value()) {
    protograph::FailedItems& items = *failure.mutable_items();
    items.set_total(static_cast<int64_t>(failed.items->total));
    items.set_failed(static_cast<int64_t>(failed.items->failed));
    items.set_not_run(static_cast<int64_t>(failed.items->not_run));
    for (const FailedItem& item : failed.items->first) {
      protograph::FailedItem& first = *items.add_first();
      first.set_index(static_cast<int64_t>(item.index));
      first.set_attempts(item.attempts);
      first.set_error(item.error);
    }
  }
  const auto thrown = GetPayload<ThrownException>(failed.last_error, kThrownExceptionUrl);
  if (thrown.has_value()) failure.set_exception_type(thrown->type());
  return WithPayload(std::move(status), kStepFailureUrl, failure);
}

absl::Status ToStatus(const std::string& graph, const std::vector<std::string>& faults) {
  std::string message =
      fmt::format("graph {} has {} fault{}:", graph, faults.size(), faults.size() == 1 ? "" : "s");
  GraphFaults payload;
  for (size_t i = 0; i < faults.size(); ++i) {
    message += fmt::format("\n  {}. {}", i + 1, faults[i]);
    payload.add_faults(faults[i]);
  }
  return WithPayload(absl::InvalidArgumentError(message), kGraphFaultsUrl, payload);
}

}  // namespace internal
}  // namespace protograph
