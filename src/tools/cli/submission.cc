#include "tools/cli/submission.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/uuid.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "graph/call_check.h"
#include "protograph/job.pb.h"
#include "protograph/jobs/client.h"
#include "protograph/random_source.h"
#include "schedules/scheduled_job.h"
#include "tools/cli/flags.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

// An input whose type was not given: of the candidates the one that the JSON fits.
absl::StatusOr<std::string> FindType(const KnownGraph& graph, const std::string& output_type,
                                     const std::vector<std::string>& candidates,
                                     const std::string& json) {
  if (candidates.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{} is one input too many: {} needs {}", OneLine(json, 80), output_type,
                    absl::StrJoin(graph.NeededInputs(output_type), ", ")));
  }
  if (candidates.size() == 1) return candidates.front();
  std::vector<std::string> fitting;
  for (const std::string& candidate : candidates) {
    if (graph.ToBinary(candidate, json).ok()) fitting.push_back(candidate);
  }
  if (fitting.size() == 1) return fitting.front();
  return absl::InvalidArgumentError(fmt::format(
      "what {} is cannot be told: say so with an --input-type for each --json, one of {}",
      OneLine(json, 80), absl::StrJoin(candidates, ", ")));
}

// The JSON as it will be, where it is a template.
absl::StatusOr<std::vector<std::string>> Samples(const std::vector<GivenInput>& given,
                                                 Templates templates) {
  const absl::Time now = absl::Now();
  const internal::Tick tick = {
      .schedule = "name", .time = now, .previous_time = now - absl::Hours(24)};
  std::vector<std::string> samples;
  for (const GivenInput& input : given) {
    if (templates == Templates::kNone) {
      samples.push_back(input.json);
      continue;
    }
    absl::StatusOr<std::string> sample =
        internal::ExpandTemplate(input.json, tick, absl::UTCTimeZone());
    if (!sample.ok()) return sample.status();
    samples.push_back(*std::move(sample));
  }
  return samples;
}

absl::StatusOr<JobInputs> KnownInputs(const Target& target, const std::vector<GivenInput>& given,
                                      const std::vector<std::string>& samples) {
  std::vector<std::string> types(given.size());
  std::vector<std::string> candidates = target.known->NeededInputs(target.output_type);
  const auto take = [&](size_t i, std::string type) {
    std::erase(candidates, type);
    types[i] = std::move(type);
  };
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i].type.empty()) continue;
    absl::StatusOr<std::string> type = target.known->FullName(given[i].type);
    if (!type.ok()) return type.status();
    take(i, *std::move(type));
  }
  for (size_t i = 0; i < given.size(); ++i) {
    if (!types[i].empty()) continue;
    absl::StatusOr<std::string> type =
        FindType(*target.known, target.output_type, candidates, samples[i]);
    if (!type.ok()) return type.status();
    take(i, *std::move(type));
  }
  if (absl::Status status =
          internal::CheckCall(target.known->description(), target.output_type, types);
      !status.ok()) {
    return status;
  }
  JobInputs inputs;
  for (size_t i = 0; i < given.size(); ++i) {
    absl::StatusOr<std::string> binary = target.known->ToBinary(types[i], samples[i]);
    if (!binary.ok()) return binary.status();
    JobInput& input = *inputs.add_inputs();
    input.set_type(types[i]);
    if (samples[i] == given[i].json) {
      input.set_message(*std::move(binary));
    } else {
      input.set_json(given[i].json);
    }
  }
  return inputs;
}

absl::Status CheckIsObject(const std::string& json) {
  google::protobuf::Value value;
  if (!google::protobuf::util::JsonStringToMessage(json, &value).ok() ||
      !value.has_struct_value()) {
    return absl::InvalidArgumentError(OneLine(json, 80) + " is no JSON object");
  }
  return absl::OkStatus();
}

absl::StatusOr<JobInputs> UnknownInputs(const Target& target,
                                        const std::vector<GivenInput>& given) {
  JobInputs inputs;
  for (const GivenInput& one : given) {
    if (one.type.empty()) {
      return absl::InvalidArgumentError(
          fmt::format("no worker has published graph {}, so that the inputs' types must be given: "
                      "--input-type with the full name of each",
                      target.graph));
    }
    if (absl::Status status = CheckIsObject(one.json); !status.ok()) return status;
    JobInput& input = *inputs.add_inputs();
    input.set_type(one.type);
    input.set_json(one.json);
  }
  return inputs;
}

}  // namespace

absl::StatusOr<JobInputs> MakeInputs(const Target& target, const std::vector<GivenInput>& given,
                                     Templates templates) {
  if (target.known == nullptr) return UnknownInputs(target, given);
  absl::StatusOr<std::vector<std::string>> samples = Samples(given, templates);
  if (!samples.ok()) return samples.status();
  return KnownInputs(target, given, *samples);
}

SubmitFlags::SubmitFlags() {
  const SubmitOptions standard;
  options_.max_attempts = standard.retry.attempts;
  options_.backoff = standard.retry.backoff;
  options_.longest_backoff = standard.retry.longest_backoff;
  options_.timeout = standard.timeout;
}

void SubmitFlags::AddInputs(CLI::App& app) {
  app.add_option("--json", jsons, "An input, in protobuf's JSON; repeated where there are several")
      ->allow_extra_args(false)
      ->type_name("JSON");
  app.add_option("--input-type", input_types,
                 "The message that an input is, where it cannot be told: one for each --json, in "
                 "their order")
      ->allow_extra_args(false)
      ->type_name("MESSAGE");
}

void SubmitFlags::AddOptions(CLI::App& app) {
  app.add_option("--queue", options_.queue, "The queue; made where it is not there")
      ->capture_default_str();
  app.add_option("--priority", options_.priority,
                 "Larger ones first; each step is worth an hour of waiting")
      ->capture_default_str();
  app.add_option("--attempts", options_.max_attempts, "How often it is tried")
      ->capture_default_str();
  AddDuration(app, "--backoff", options_.backoff,
              "Waits between attempts begin with it and double [10s]");
  AddDuration(app, "--longest-backoff", options_.longest_backoff, "And end with it [1h]");
  AddDuration(app, "--timeout", options_.timeout, "Of one attempt [1h]");
  app.add_option("--concurrency-key", options_.concurrency_key,
                 "Of jobs with the same key so many run at once as the queue's --per-key says");
  app.add_option("--tag", options_.tags, "A tag; may be repeated")->allow_extra_args(false);
  app.add_option("--meta", metadata_, "A fact that is kept with it; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
}

void SubmitFlags::AddOnceOptions(CLI::App& app) {
  AddDuration(app, "--delay", options_.delay, "Not before so much time has passed");
  AddTime(app, "--at", options_.run_at, "Not before this time of the database's clock");
  app.add_option("--unique-key", options_.unique_key,
                 "Makes no job where another one of the queue has this key");
  app.add_option_function<std::string>(
         "--unique-among",
         [this](const std::string& name) {
           options_.unique_among = name == "waiting"    ? UniqueAmong::kWaiting
                                   : name == "finished" ? UniqueAmong::kFinished
                                                        : UniqueAmong::kUnfinished;
         },
         "Which other jobs: waiting, unfinished, or finished [unfinished]")
      ->check(CLI::IsMember({"waiting", "unfinished", "finished"}))
      ->type_name("JOBS");
  AddDuration(app, "--unique-for", options_.unique_for,
              "For so long after the other job has finished; with --unique-among finished");
}

absl::StatusOr<std::vector<GivenInput>> SubmitFlags::Inputs() const {
  if (!input_types.empty() && input_types.size() != jsons.size()) {
    return absl::InvalidArgumentError(
        fmt::format("there are {} --json and {} --input-type: give none of the latter, or one for "
                    "each of the former",
                    jsons.size(), input_types.size()));
  }
  std::vector<GivenInput> inputs;
  for (size_t i = 0; i < jsons.size(); ++i) {
    inputs.push_back({.json = jsons[i], .type = input_types.empty() ? "" : input_types[i]});
  }
  return inputs;
}

absl::StatusOr<std::map<std::string, std::string>> SubmitFlags::Metadata() const {
  std::map<std::string, std::string> facts;
  for (const std::string& pair : metadata_) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          fmt::format("--meta {}: write <name>=<value>", OneLine(pair)));
    }
    facts[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return facts;
}

absl::StatusOr<SubmitOptions> SubmitFlags::Options() const {
  absl::StatusOr<std::map<std::string, std::string>> metadata = Metadata();
  if (!metadata.ok()) return metadata.status();
  return SubmitOptions{
      .queue = options_.queue,
      .priority = options_.priority,
      .retry = {.attempts = options_.max_attempts,
                .backoff = options_.backoff,
                .longest_backoff = std::max(options_.longest_backoff, options_.backoff)},
      .timeout = options_.timeout,
      .concurrency_key = options_.concurrency_key,
      .tags = options_.tags,
      .metadata = *std::move(metadata)};
}

absl::StatusOr<JobSubmission> SubmitFlags::Make(const Target& target,
                                                const std::vector<GivenInput>& inputs) const {
  absl::StatusOr<JobInputs> made = MakeInputs(target, inputs, Templates::kNone);
  if (!made.ok()) return made.status();
  absl::StatusOr<std::map<std::string, std::string>> metadata = Metadata();
  if (!metadata.ok()) return metadata.status();
  JsonWriter facts;
  facts.BeginObject();
  for (const auto& [name, value] : *metadata) facts.Key(name).String(value);
  JobSubmission submission = options_;
  submission.job_id = internal::MakeUuidV7(absl::Now(), RandomSource::System());
  submission.graph = target.graph;
  submission.output_type = target.output_type;
  submission.inputs = made->SerializeAsString();
  submission.metadata = facts.EndObject().text();
  // The last of the waits cannot be shorter than the first.
  submission.longest_backoff = std::max(submission.longest_backoff, submission.backoff);
  if (absl::Status status = CheckSubmission(submission); !status.ok()) return status;
  return submission;
}

}  // namespace protograph::cli
