#include "jobs/job_status.h"

#include <optional>
#include <string>

#include "absl/strings/cord.h"
#include "fmt/format.h"
#include "protograph/job.pb.h"
#include "protograph/jobs/client.h"

namespace protograph {
namespace internal {
namespace {

constexpr const char* kFailureUrl = "type.googleapis.com/protograph.JobFailure";

absl::Status FailureOf(const JobRecord& record) {
  JobFailure failure;
  failure.set_job_id(record.job_id);
  failure.set_state(std::string(ToString(record.state)));
  failure.set_step(record.failed_step);
  failure.set_code(record.error_code);
  failure.set_message(record.error);
  failure.set_attempts(record.attempt);
  const bool is_cancelled = record.state == JobState::kCancelled;
  auto code = is_cancelled ? absl::StatusCode::kCancelled
                           : static_cast<absl::StatusCode>(record.error_code);
  if (code == absl::StatusCode::kOk) code = absl::StatusCode::kUnknown;
  absl::Status status(
      code,
      fmt::format(
          "job {} ({} of graph {}) {}{}{}", record.job_id, record.output_type, record.graph,
          is_cancelled ? "was cancelled" : fmt::format("failed after {} attempts", record.attempt),
          record.error.empty() ? "" : ": ", record.error));
  status.SetPayload(kFailureUrl, absl::Cord(failure.SerializeAsString()));
  return status;
}

}  // namespace

absl::Status ResultOf(const JobContents& contents, google::protobuf::Message& output) {
  const JobRecord& record = contents.record;
  if (!IsFinal(record.state)) {
    return absl::FailedPreconditionError(fmt::format(
        "job {} is {} and has no result yet: wait for it", record.job_id, ToString(record.state)));
  }
  if (record.state != JobState::kSucceeded) return FailureOf(record);
  if (record.output_type != output.GetTypeName()) {
    return absl::InvalidArgumentError(fmt::format("job {} makes {}, not {}: ask for that",
                                                  record.job_id, record.output_type,
                                                  output.GetTypeName()));
  }
  if (output.ParseFromString(contents.result)) return absl::OkStatus();
  return absl::DataLossError(fmt::format(
      "the result of job {} is no {}: the message was changed incompatibly since it was made",
      record.job_id, record.output_type));
}

}  // namespace internal

std::optional<JobFailure> GetJobFailure(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(internal::kFailureUrl);
  JobFailure failure;
  if (!payload.has_value() || !failure.ParseFromString(std::string(*payload))) return std::nullopt;
  return failure;
}

}  // namespace protograph
