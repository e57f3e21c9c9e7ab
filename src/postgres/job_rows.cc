#include "postgres/job_rows.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "postgres/texts.h"

namespace protograph::internal {
namespace {

// Longer ones are as good as this.
constexpr absl::Duration kLongestDuration = absl::Hours(24 * 365 * 1000);

int64_t Micros(absl::Duration duration) {
  return absl::ToInt64Microseconds(std::min(duration, kLongestDuration));
}

// An array with what `get` says of each submission; with one element where that is the same for
// all, which then stands for all.
template <class Make, class Get, class Add>
ArrayParameter Column(std::span<const JobSubmission> submissions, const Make& make, const Get& get,
                      const Add& add) {
  bool is_same = true;
  for (size_t i = 1; i < submissions.size() && is_same; ++i) {
    is_same = get(submissions[i]) == get(submissions[0]);
  }
  const size_t count = is_same ? std::min<size_t>(submissions.size(), 1) : submissions.size();
  ArrayParameter array = make(count);
  for (size_t i = 0; i < count; ++i) add(array, get(submissions[i]));
  return array;
}

template <class Get>
ArrayParameter TextColumn(std::span<const JobSubmission> submissions, const Get& get) {
  return Column(submissions, ArrayParameter::Texts, get,
                [](ArrayParameter& array, std::string_view text) { array.Add(text); });
}

template <class Get>
ArrayParameter Int16Column(std::span<const JobSubmission> submissions, const Get& get) {
  return Column(submissions, ArrayParameter::Int16s, get,
                [](ArrayParameter& array, int16_t number) { array.AddInt16(number); });
}

template <class Get>
ArrayParameter MicrosColumn(std::span<const JobSubmission> submissions, const Get& get) {
  return Column(submissions, ArrayParameter::Int64s, get,
                [](ArrayParameter& array, int64_t micros) { array.AddInt64(micros); });
}

// A text[] as Postgres reads one from a text; empty where there is none.
std::string ArrayText(const std::vector<std::string>& texts) {
  if (texts.empty()) return "";
  std::string array = "{";
  for (const std::string& text : texts) {
    if (array.size() > 1) array.push_back(',');
    array.push_back('"');
    for (char c : text) {
      if (c == '"' || c == '\\') array.push_back('\\');
      array.push_back(c);
    }
    array.push_back('"');
  }
  array.push_back('}');
  return array;
}

std::string_view CodeOf(const JobEnd& end) {
  switch (end.outcome) {
    case JobOutcome::kSucceeded:
      return "S";
    case JobOutcome::kFailed:
      return "F";
    case JobOutcome::kCancelled:
      return "C";
    case JobOutcome::kRetry:
      return "r";
    case JobOutcome::kSnooze:
      return "z";
    case JobOutcome::kGiveBack:
      break;
  }
  return end.was_begun ? "g" : "n";
}

}  // namespace

absl::StatusOr<UuidBytes> UuidOf(std::string_view what, std::string_view text) {
  if (const std::optional<UuidBytes> uuid = ParseUuid(text); uuid.has_value()) return *uuid;
  return absl::InvalidArgumentError(
      fmt::format("{} is no UUID: {}", what, CleanText(text.substr(0, 64))));
}

std::optional<absl::Time> TimeOf(const pqxx::field& micros) {
  if (micros.is_null()) return std::nullopt;
  return absl::FromUnixMicros(micros.as<int64_t>());
}

void AddSubmissions(std::span<const JobSubmission> submissions, Parameters& parameters) {
  using Job = JobSubmission;
  ArrayParameter ids = ArrayParameter::Uuids(submissions.size());
  for (const Job& job : submissions) {
    ids.Add(AsBytes(ParseUuid(job.job_id).value_or(UuidBytes{})));
  }
  parameters.Array(std::move(ids))
      .Array(Column(
          submissions, ArrayParameter::Bytes,
          [](const Job& job) { return std::string_view(job.inputs); },
          [](ArrayParameter& array, std::string_view bytes) { array.Add(bytes); }))
      .Array(TextColumn(submissions, [](const Job& job) { return std::string_view(job.queue); }))
      .Array(TextColumn(submissions, [](const Job& job) { return std::string_view(job.graph); }))
      .Array(
          TextColumn(submissions, [](const Job& job) { return std::string_view(job.output_type); }))
      .Array(Int16Column(submissions,
                         [](const Job& job) { return static_cast<int16_t>(job.priority); }))
      .Array(Column(
          submissions, ArrayParameter::Times, [](const Job& job) { return job.run_at; },
          [](ArrayParameter& array, absl::Time time) { array.AddTime(time); }))
      .Array(MicrosColumn(submissions, [](const Job& job) { return Micros(job.delay); }))
      .Array(Int16Column(submissions,
                         [](const Job& job) { return static_cast<int16_t>(job.max_attempts); }))
      .Array(MicrosColumn(submissions, [](const Job& job) { return Micros(job.backoff); }))
      .Array(MicrosColumn(submissions, [](const Job& job) { return Micros(job.longest_backoff); }))
      .Array(MicrosColumn(submissions,
                          [](const Job& job) {
                            return job.timeout == absl::InfiniteDuration() ? int64_t{-1}
                                                                           : Micros(job.timeout);
                          }))
      .Array(
          TextColumn(submissions, [](const Job& job) { return std::string_view(job.unique_key); }))
      .Array(Int16Column(submissions,
                         [](const Job& job) { return static_cast<int16_t>(job.unique_among); }))
      .Array(MicrosColumn(submissions, [](const Job& job) { return Micros(job.unique_for); }))
      .Array(TextColumn(submissions,
                        [](const Job& job) { return std::string_view(job.concurrency_key); }))
      .Array(TextColumn(submissions, [](const Job& job) { return ArrayText(job.tags); }))
      .Array(
          TextColumn(submissions, [](const Job& job) { return std::string_view(job.metadata); }));
}

Parameters SubmitParameters(std::span<const JobSubmission> submissions, bool checks_ids) {
  Parameters parameters;
  AddSubmissions(submissions, parameters);
  parameters.Boolean(checks_ids);
  return parameters;
}

bool IsPlain(const JobSubmission& submission) {
  return submission.unique_key.empty() && submission.concurrency_key.empty();
}

Parameters SubmitOneParameters(const JobSubmission& submission) {
  Parameters parameters;
  parameters.Uuid(ParseUuid(submission.job_id).value_or(UuidBytes{}))
      .Bytes(submission.inputs)
      .Text(submission.queue)
      .Text(submission.graph)
      .Text(submission.output_type)
      .Time(submission.run_at)
      .Int64(Micros(submission.delay))
      .Int16(static_cast<int16_t>(submission.max_attempts))
      .Int64(Micros(submission.backoff))
      .Int64(Micros(submission.longest_backoff))
      .Int64(submission.timeout == absl::InfiniteDuration() ? -1 : Micros(submission.timeout))
      .Int16(static_cast<int16_t>(submission.priority))
      .Text(ArrayText(submission.tags))
      .Text(submission.metadata);
  return parameters;
}

absl::StatusOr<Parameters> FinishParameters(const UuidBytes& owner_id,
                                            std::span<const JobEnd> ends) {
  std::vector<std::pair<UuidBytes, const JobEnd*>> sorted;
  sorted.reserve(ends.size());
  for (const JobEnd& end : ends) {
    absl::StatusOr<UuidBytes> id = UuidOf("the id of a job that is finished", end.job_id);
    if (!id.ok()) return id.status();
    sorted.emplace_back(*id, &end);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });

  const size_t count = sorted.size();
  ArrayParameter ids = ArrayParameter::Uuids(count);
  ArrayParameter terms = ArrayParameter::Int64s(count);
  ArrayParameter outcomes = ArrayParameter::Texts(count);
  ArrayParameter results = ArrayParameter::Bytes(count);
  ArrayParameter error_codes = ArrayParameter::Int16s(count);
  ArrayParameter errors = ArrayParameter::Texts(count);
  ArrayParameter failed_steps = ArrayParameter::Texts(count);
  ArrayParameter waits = ArrayParameter::Int64s(count);
  for (const auto& [id, end] : sorted) {
    ids.Add(AsBytes(id));
    terms.AddInt64(end->term);
    outcomes.Add(CodeOf(*end));
    results.Add(end->result);
    error_codes.AddInt16(static_cast<int16_t>(end->error_code));
    errors.AddText(end->error);
    failed_steps.AddText(end->failed_step);
    waits.AddInt64(Micros(std::max(end->wait, absl::ZeroDuration())));
  }
  Parameters parameters;
  parameters.Uuid(owner_id)
      .Array(std::move(ids))
      .Array(std::move(terms))
      .Array(std::move(outcomes))
      .Array(std::move(results))
      .Array(std::move(error_codes))
      .Array(std::move(errors))
      .Array(std::move(failed_steps))
      .Array(std::move(waits));
  return parameters;
}

ArrayParameter NamesOf(std::span<const std::string> names) {
  ArrayParameter array = ArrayParameter::Texts(names.size());
  for (const std::string& name : names) array.AddText(name);
  return array;
}

JobRecord JobRecordOf(const pqxx::row& row) {
  JobRecord record;
  record.job_id = row[0].c_str();
  record.queue = row[1].c_str();
  record.graph = row[2].c_str();
  record.output_type = row[3].c_str();
  record.state = ParseJobState(row[4].c_str()).value_or(JobState::kQueued);
  record.priority = row[5].as<int>();
  record.attempt = row[6].as<int>();
  record.max_attempts = row[7].as<int>();
  record.crashes = row[8].as<int>();
  record.cancel_requested = row[9].as<bool>();
  record.unique_key = row[10].c_str();
  record.concurrency_key = row[11].c_str();
  if (!row[12].is_null()) record.tags = TextsOfArray({row[12].c_str(), row[12].size()});
  record.metadata = row[13].is_null() ? "{}" : row[13].c_str();
  record.submitted_at = TimeOf(row[14]).value_or(absl::InfinitePast());
  record.run_at = TimeOf(row[15]);
  record.started_at = TimeOf(row[16]);
  record.finished_at = TimeOf(row[17]);
  record.owner_id = row[18].c_str();
  if (!row[19].is_null()) record.error_code = row[19].as<int>();
  record.error = row[20].c_str();
  record.failed_step = row[21].c_str();
  record.parent_id = row[22].c_str();
  return record;
}

ClaimedJob ClaimedJobOf(const pqxx::row& row) {
  ClaimedJob job;
  job.job_id = row[0].c_str();
  job.term = row[1].as<int64_t>();
  job.graph = row[4].c_str();
  job.output_type = row[5].c_str();
  job.inputs = BytesOf(row[6]);
  job.attempt = row[7].as<int>();
  job.max_attempts = row[8].as<int>();
  job.backoff = absl::Microseconds(row[9].as<int64_t>());
  job.longest_backoff = absl::Microseconds(row[10].as<int64_t>());
  job.timeout =
      row[11].is_null() ? absl::InfiniteDuration() : absl::Microseconds(row[11].as<int64_t>());
  job.is_suspect = row[12].c_str()[0] == 't';
  job.was_claimed = row[13].c_str()[0] == 't';
  job.crashes = row[14].as<int>();
  return job;
}

std::string BytesOf(const pqxx::field& hex) { return FromHex({hex.c_str(), hex.size()}); }

std::vector<std::string> TextsOfArray(std::string_view array) {
  std::vector<std::string> texts;
  bool is_quoted = false;
  bool is_in_element = false;
  for (size_t i = 1; i + 1 < array.size(); ++i) {
    const char c = array[i];
    if (!is_in_element) {
      texts.emplace_back();
      is_in_element = true;
    }
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == '\\') {
      texts.back().push_back(array[++i]);
    } else if (c == ',' && !is_quoted) {
      is_in_element = false;
    } else {
      texts.back().push_back(c);
    }
  }
  return texts;
}

std::vector<std::string> TextsOf(const pqxx::result& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.emplace_back(row[0].c_str());
  return texts;
}

}  // namespace protograph::internal
