#include "protograph/store/schedule_store.h"

#include <cstddef>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "store/job_checks.h"
#include "store/schedule_checks.h"

namespace protograph {
namespace {

constexpr size_t kLargestDefinition = size_t{8} << 20;

using google::protobuf::FieldDescriptor;

// The name of a field, here or within, with a text that cannot be stored; empty where there is
// none.
std::string UnkeepableText(const google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->type() == FieldDescriptor::TYPE_STRING) {
        const std::string text = field->is_repeated()
                                     ? reflection.GetRepeatedString(message, field, i)
                                     : reflection.GetString(message, field);
        if (!internal::IsUtf8WithoutNul(text)) return std::string(field->name());
      } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
        std::string found =
            UnkeepableText(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                : reflection.GetMessage(message, field));
        if (!found.empty()) return found;
      }
    }
  }
  return "";
}

std::string FaultOfTick(const TickFiring& firing) {
  if (firing.tick == absl::InfinitePast() || firing.tick > internal::kLatestTime) {
    return "has no time that can be stored";
  }
  if (!firing.job.unique_key.empty()) return "has a job with a unique key: schedules have none";
  if (firing.job.delay != absl::ZeroDuration()) return "has a job with a delay: use run_at";
  return "";
}

}  // namespace

std::string_view ToString(FiringOutcome outcome) {
  switch (outcome) {
    case FiringOutcome::kFired:
      return "fired";
    case FiringOutcome::kOverlapped:
      return "overlapped";
    case FiringOutcome::kPending:
      return "pending";
    case FiringOutcome::kRefused:
      return "refused";
  }
  return "unknown";
}

namespace internal {

absl::Status CheckScheduleName(std::string_view name) {
  const std::string fault = FaultOfName(name);
  if (fault.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("there can be no schedule {}: its name {}", Shown(name), fault));
}

absl::Status CheckSchedule(std::string_view name, const ScheduleDefinition& definition,
                           std::string_view source) {
  if (absl::Status status = CheckScheduleName(name); !status.ok()) return status;
  std::string fault = FaultOfText(source);
  if (!fault.empty()) {
    fault = fmt::format("its source {}", fault);
  } else if (definition.ByteSizeLong() > kLargestDefinition) {
    fault = fmt::format(
        "its definition has {} bytes: at most {} are allowed; store inputs that are "
        "large elsewhere, and give where they are",
        definition.ByteSizeLong(), kLargestDefinition);
  } else if (const std::string field = UnkeepableText(definition); !field.empty()) {
    fault = fmt::format("its {} must be UTF-8 without NUL characters", field);
  }
  if (fault.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot keep the schedule {}: {}", Shown(name), fault));
}

absl::Status CheckFirings(std::span<const ScheduleFiring> firings) {
  for (const ScheduleFiring& firing : firings) {
    if (absl::Status status = CheckScheduleName(firing.name); !status.ok()) return status;
    for (const TickFiring& tick : firing.ticks) {
      if (const std::string fault = FaultOfTick(tick); !fault.empty()) {
        return absl::InvalidArgumentError(
            fmt::format("cannot fire the schedule {}: a tick of it {}", Shown(firing.name), fault));
      }
      if (absl::Status status = CheckSubmission(tick.job); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace protograph
