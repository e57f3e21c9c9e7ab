#include "protograph/store/job_store.h"

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "base/utf8.h"
#include "fmt/format.h"
#include "store/job_checks.h"
#include "store/json_object.h"

namespace protograph {
namespace {

using internal::FaultOfName;
using internal::FaultOfText;
using internal::Shown;

constexpr int kMostAttempts = 1000;
constexpr size_t kLargestMetadata = size_t{64} << 10;
// Sums of times up to kLatestTime and durations up to this are times that every store has.
constexpr absl::Duration kLongestDuration = absl::Hours(24 * 365 * 1000);

constexpr std::array<JobState, 6> kStates = {JobState::kScheduled, JobState::kQueued,
                                             JobState::kRunning,   JobState::kSucceeded,
                                             JobState::kFailed,    JobState::kCancelled};

bool IsLowerCaseUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_hyphen_due = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_hyphen_due ? c != '-' : !is_digit) return false;
  }
  return true;
}

std::string FaultOfInputs(std::string_view inputs) {
  if (inputs.size() <= kLargestPayload) return "";
  return fmt::format(
      "have {} bytes: at most {} are allowed; store what is larger elsewhere, and submit where it "
      "is",
      inputs.size(), kLargestPayload);
}

std::string FaultOfNumber(int number, int least, int most) {
  if (number >= least && number <= most) return "";
  return fmt::format("is {}: it must be from {} to {}", number, least, most);
}

std::string FaultOfTime(absl::Time time) {
  return time > internal::kLatestTime ? "is after the year 9999" : "";
}

// What is wrong with which field, one after the other.
void AddFault(std::string& faults, std::string_view field, std::string_view fault) {
  if (fault.empty()) return;
  if (!faults.empty()) faults += "; ";
  faults += fmt::format("its {} {}", field, fault);
}

// Collects what is wrong with a submission.
class SubmissionCheck {
 public:
  explicit SubmissionCheck(const JobSubmission& submission) : submission_(submission) {}

  absl::Status Run() {
    const JobSubmission& job = submission_;
    if (!IsLowerCaseUuid(job.job_id)) {
      Add("job_id", fmt::format("is \"{}\": it must be a UUID in lower case", Shown(job.job_id)));
    }
    Add("graph", FaultOfName(job.graph));
    Add("output_type", FaultOfName(job.output_type));
    Add("queue", FaultOfName(job.queue));
    Add("inputs", FaultOfInputs(job.inputs));
    Add("priority", FaultOfNumber(job.priority, -kMostPriority, kMostPriority));
    Add("max_attempts", FaultOfNumber(job.max_attempts, 1, kMostAttempts));
    Add("run_at", FaultOfTime(job.run_at));
    CheckDuration("delay", job.delay);
    CheckDuration("backoff", job.backoff);
    CheckDuration("longest_backoff", job.longest_backoff);
    if (job.timeout != absl::InfiniteDuration()) CheckDuration("timeout", job.timeout);
    CheckUniqueness();
    Add("concurrency_key", FaultOfText(job.concurrency_key));
    if (job.tags.size() > kMostTags) {
      Add("tags", fmt::format("are {}: at most {} are allowed", job.tags.size(), kMostTags));
    }
    for (const std::string& tag : job.tags) {
      if (const std::string fault = FaultOfText(tag); !fault.empty()) {
        Add("tags", fmt::format("have \"{}\", which {}", Shown(tag), fault));
      }
    }
    CheckMetadata();
    if (faults_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(fmt::format("cannot submit a job for {} of the graph {}: {}",
                                                  Shown(job.output_type), Shown(job.graph),
                                                  faults_));
  }

 private:
  void Add(std::string_view field, std::string_view fault) { AddFault(faults_, field, fault); }

  void CheckDuration(std::string_view field, absl::Duration duration) {
    if (duration >= absl::ZeroDuration() && duration <= kLongestDuration) return;
    Add(field, fmt::format("is {}: it must be from 0 to {}{}", absl::FormatDuration(duration),
                           absl::FormatDuration(kLongestDuration),
                           field == "timeout" ? ", or infinite" : ""));
  }

  void CheckUniqueness() {
    const JobSubmission& job = submission_;
    Add("unique_key", FaultOfText(job.unique_key));
    switch (job.unique_among) {
      case UniqueAmong::kWaiting:
      case UniqueAmong::kUnfinished:
        if (job.unique_for != absl::ZeroDuration()) {
          Add("unique_for", "is set: that is only for UniqueAmong::kFinished");
        }
        return;
      case UniqueAmong::kFinished:
        if (job.unique_for == absl::ZeroDuration()) {
          Add("unique_for", "is 0: UniqueAmong::kFinished needs it");
        }
        CheckDuration("unique_for", job.unique_for);
        return;
    }
    Add("unique_among",
        fmt::format("is {}, which is none of UniqueAmong", static_cast<int>(job.unique_among)));
  }

  void CheckMetadata() {
    const std::string& metadata = submission_.metadata;
    if (metadata.empty()) return;
    if (metadata.size() > kLargestMetadata) {
      Add("metadata",
          fmt::format("has {} bytes: at most {} are allowed", metadata.size(), kLargestMetadata));
    } else if (!internal::IsUtf8WithoutNul(metadata) || !internal::IsJsonObject(metadata)) {
      Add("metadata", fmt::format("is no JSON object that stores keep: {}", Shown(metadata)));
    }
  }

  const JobSubmission& submission_;
  std::string faults_;
};

}  // namespace

std::string_view ToString(JobState state) {
  switch (state) {
    case JobState::kScheduled:
      return "scheduled";
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kSucceeded:
      return "succeeded";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

std::optional<JobState> ParseJobState(std::string_view name) {
  for (JobState state : kStates) {
    if (ToString(state) == name) return state;
  }
  return std::nullopt;
}

bool IsFinal(JobState state) {
  return state == JobState::kSucceeded || state == JobState::kFailed ||
         state == JobState::kCancelled;
}

std::string_view ToString(QueueMode mode) {
  switch (mode) {
    case QueueMode::kRunning:
      return "running";
    case QueueMode::kPaused:
      return "paused";
    case QueueMode::kDraining:
      return "draining";
  }
  return "unknown";
}

absl::Status CheckSubmission(const JobSubmission& submission) {
  return SubmissionCheck(submission).Run();
}

absl::Status CheckChange(const JobChange& change) {
  std::string faults;
  if (change.run_at.has_value()) AddFault(faults, "run_at", FaultOfTime(*change.run_at));
  if (change.priority.has_value()) {
    AddFault(faults, "priority", FaultOfNumber(*change.priority, -kMostPriority, kMostPriority));
  }
  if (change.inputs.has_value()) AddFault(faults, "inputs", FaultOfInputs(*change.inputs));
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("cannot change a job so: {}", faults));
}

absl::StatusOr<std::vector<SubmittedJob>> JobStore::SubmitIn(
    pqxx::transaction_base& /*transaction*/, std::span<const JobSubmission> /*submissions*/) {
  return absl::UnimplementedError(
      "this store is no database, so jobs cannot be submitted in a transaction: submit them by "
      "themselves, or use PostgresStore");
}

namespace internal {

std::string FaultOfText(std::string_view text) {
  if (text.size() > kLongestName) {
    return fmt::format("has {} bytes: at most {} are allowed", text.size(), kLongestName);
  }
  if (!IsUtf8WithoutNul(text)) return "must be UTF-8 without NUL characters";
  return "";
}

std::string FaultOfName(std::string_view name) {
  return name.empty() ? "is empty: give it a name" : FaultOfText(name);
}

std::string Shown(std::string_view text) {
  constexpr size_t kMostShown = 64;
  size_t length = std::min(text.size(), kMostShown);
  // Not in the middle of a character.
  while (length < text.size() && length > 0 && (text[length] & 0xC0) == 0x80) --length;
  const std::string_view start = text.substr(0, length);
  const absl::string_view bytes(start.data(), start.size());
  std::string shown =
      IsUtf8WithoutNul(start) ? absl::Utf8SafeCHexEscape(bytes) : absl::CHexEscape(bytes);
  if (length < text.size()) shown += "...";
  return shown;
}

absl::Status CheckQueue(std::string_view queue, const QueueSettings& settings) {
  if (const std::string fault = FaultOfName(queue); !fault.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot configure the queue {}: its name {}", Shown(queue), fault));
  }
  const int least = std::min(settings.concurrency_limit, settings.key_limit);
  if (least < 0) {
    return absl::InvalidArgumentError(
        fmt::format("cannot configure the queue {}: a limit of {} jobs is none: use 0 for no limit",
                    Shown(queue), least));
  }
  return absl::OkStatus();
}

absl::Status CheckEnds(std::span<const JobEnd> ends) {
  for (const JobEnd& end : ends) {
    if (end.result.size() > kLargestPayload) {
      return absl::InvalidArgumentError(fmt::format(
          "the result of job {} has {} bytes: at most {} are allowed; store what is larger "
          "elsewhere, and return where it is",
          Shown(end.job_id), end.result.size(), kLargestPayload));
    }
    if (end.wait > kLongestDuration) {
      return absl::InvalidArgumentError(
          fmt::format("job {} cannot wait for {} until it is tried again: at most {} are allowed",
                      Shown(end.job_id), absl::FormatDuration(end.wait),
                      absl::FormatDuration(kLongestDuration)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPublishedGraph(const PublishedGraph& graph) {
  const std::string fault = FaultOfName(graph.graph);
  if (fault.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot publish the graph {}: its name {}", Shown(graph.graph), fault));
}

}  // namespace internal
}  // namespace protograph
