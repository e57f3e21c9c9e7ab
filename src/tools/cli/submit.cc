// protograph submit.

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "tools/cli/commands.h"
#include "tools/cli/flags.h"
#include "tools/cli/job_output.h"
#include "tools/cli/submission.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"
#include "tools/cli/waiting.h"

namespace protograph::cli {
namespace {

// Jobs that one statement submits.
constexpr size_t kBatch = 1000;

struct SubmitCommand {
  SubmitFlags flags;
  // A file, or "-".
  std::string many;
  std::optional<absl::Duration> wait;
};

absl::StatusOr<ExitCode> SubmitOne(const SubmitCommand& command, const Target& target,
                                   const KnownGraphs& graphs, const Connected& connected) {
  absl::StatusOr<std::vector<GivenInput>> inputs = command.flags.Inputs();
  if (!inputs.ok()) return inputs.status();
  absl::StatusOr<JobSubmission> submission = command.flags.Make(target, *inputs);
  if (!submission.ok()) return submission.status();
  absl::StatusOr<std::vector<SubmittedJob>> submitted = connected.jobs().Submit({&*submission, 1});
  if (!submitted.ok()) return submitted.status();
  const SubmittedJob& job = submitted->front();
  if (!job.is_new) std::cerr << "no new job: this one has the unique key\n";
  if (!command.wait.has_value()) {
    std::cout << job.job_id << '\n';
    return ExitCode::kOk;
  }
  // The standard output is for the result.
  std::cerr << job.job_id << '\n';
  absl::StatusOr<JobContents> contents = WaitWithProgress(connected, job.job_id, *command.wait);
  if (!contents.ok()) return contents.status();
  return PrintOutcome(*contents, graphs);
}

// A file's lines as jobs, some at a time.
class ManyJobs {
 public:
  ManyJobs(const SubmitCommand& command, const Target& target, JobStore& jobs)
      : command_(command), target_(target), jobs_(jobs) {}

  absl::Status Submit(std::istream& file) {
    std::string line;
    while (std::getline(file, line)) {
      ++line_;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      absl::StatusOr<JobSubmission> submission = FromLine(line);
      absl::Status status = submission.status();
      if (status.ok()) {
        batch_.push_back(*std::move(submission));
        if (batch_.size() >= kBatch) status = Flush();
      }
      if (!status.ok()) return Located(status);
    }
    if (absl::Status status = Flush(); !status.ok()) return Located(status);
    return absl::OkStatus();
  }

  const std::vector<std::string>& job_ids() const { return job_ids_; }
  size_t new_jobs() const { return new_jobs_; }

 private:
  absl::StatusOr<JobSubmission> FromLine(const std::string& line) const {
    GivenInput input{.json = line};
    if (!command_.flags.input_types.empty()) input.type = command_.flags.input_types.front();
    return command_.flags.Make(target_, {input});
  }

  absl::Status Flush() {
    if (batch_.empty()) return absl::OkStatus();
    absl::StatusOr<std::vector<SubmittedJob>> submitted = jobs_.Submit(batch_);
    if (!submitted.ok()) return submitted.status();
    batch_.clear();
    flushed_line_ = line_;
    for (const SubmittedJob& job : *submitted) {
      new_jobs_ += job.is_new ? 1 : 0;
      job_ids_.push_back(job.job_id);
    }
    progress_.Show(fmt::format("submitted {}", Count(job_ids_.size(), "job")));
    return absl::OkStatus();
  }

  absl::Status Located(const absl::Status& status) const {
    return absl::Status(
        status.code(),
        fmt::format("line {}: {} (the lines up to {} were submitted, nothing from {} on)", line_,
                    std::string(status.message()), flushed_line_, flushed_line_ + 1));
  }

  const SubmitCommand& command_;
  const Target& target_;
  JobStore& jobs_;
  Progress progress_;
  size_t line_ = 0;
  size_t flushed_line_ = 0;
  size_t new_jobs_ = 0;
  std::vector<JobSubmission> batch_;
  std::vector<std::string> job_ids_;
};

absl::StatusOr<ExitCode> SubmitMany(const SubmitCommand& command, const Target& target,
                                    const KnownGraphs& graphs, const Connected& connected) {
  if (!command.flags.jsons.empty() || command.flags.input_types.size() > 1) {
    return absl::InvalidArgumentError(
        "with --many each line is a job's one input: give no --json, and one --input-type at most");
  }
  std::ifstream file;
  if (command.many != "-") {
    file.open(command.many);
    if (!file) return absl::NotFoundError("cannot read " + command.many);
  }
  absl::Status status;
  std::vector<std::string> job_ids;
  {
    ManyJobs many(command, target, connected.jobs());
    status = many.Submit(command.many == "-" ? std::cin : file);
    job_ids = many.job_ids();
    if (many.new_jobs() < job_ids.size()) {
      std::cerr << Count(job_ids.size() - many.new_jobs(), "line")
                << " made no new job: others have the unique key\n";
    }
  }
  if (!command.wait.has_value() || !status.ok()) {
    for (const std::string& job_id : job_ids) std::cout << job_id << '\n';
    if (!status.ok()) return status;
    std::cerr << "submitted " << Count(job_ids.size(), "job") << '\n';
    return ExitCode::kOk;
  }
  return WaitForAll(*connected.client, job_ids, *command.wait, [&](const JobContents& contents) {
    std::cout << ContentsJson(contents, graphs) << '\n';
  });
}

absl::StatusOr<ExitCode> Run(const SubmitCommand& command, const Context& context) {
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  absl::StatusOr<KnownGraphs> graphs = KnownGraphs::Load(connected->jobs());
  if (!graphs.ok()) return graphs.status();
  absl::StatusOr<Target> target = ParseTarget(*graphs, command.flags.target);
  if (!target.ok()) return target.status();
  return command.many.empty() ? SubmitOne(command, *target, *graphs, *connected)
                              : SubmitMany(command, *target, *graphs, *connected);
}

}  // namespace

void AddSubmit(CLI::App& app, Context& context) {
  CLI::App* const submit = app.add_subcommand(
      "submit", "Submits a job: an output of a graph, from inputs in JSON. Prints its id");
  const auto command = std::make_shared<SubmitCommand>();
  submit
      ->add_option("output", command->flags.target,
                   "<graph>.<Output>: movies.TagSet, or movies.movie_tagging.TagSet")
      ->required()
      ->type_name("GRAPH.OUTPUT");
  command->flags.AddInputs(*submit);
  submit
      ->add_option("--many", command->many,
                   "Submits a job for each line of this file, or of the standard input for -; a "
                   "line is the job's input in JSON")
      ->type_name("FILE");
  AddWait(*submit, "--wait", command->wait,
          "Waits until it has finished, and prints its result as JSON");
  command->flags.AddOptions(*submit);
  command->flags.AddOnceOptions(*submit);
  submit->footer(
      "protograph submit movies.TagSet --json '{\"id\": 603}' --wait 30s\n"
      "protograph submit movies.TagSet --many films.jsonl --queue bulk --tag nightly");
  submit->callback([command, &context] {
    context.command = [command, &context] { return Run(*command, context); };
  });
}

}  // namespace protograph::cli
