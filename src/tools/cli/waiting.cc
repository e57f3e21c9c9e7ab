#include "tools/cli/waiting.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tools/cli/job_output.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

// How often a terminal is told what a job is at.
constexpr absl::Duration kLook = absl::Seconds(1);

}  // namespace

absl::StatusOr<JobContents> WaitWithProgress(const Connected& connected, const std::string& job_id,
                                             absl::Duration timeout) {
  Client& client = *connected.client;
  Progress progress;
  const absl::Time began = absl::Now();
  while (true) {
    const absl::Duration left = timeout - (absl::Now() - began);
    const absl::Duration turn = std::min(left, std::max(progress.interval(), kLook));
    absl::StatusOr<JobContents> contents =
        client.WaitForJob(job_id, std::max(turn, absl::ZeroDuration()));
    if (absl::IsDeadlineExceeded(contents.status())) contents = client.Contents(job_id);
    // A database that is away may be back in time.
    const bool is_away = absl::IsUnavailable(contents.status());
    const bool is_over = contents.ok() ? IsFinal(contents->record.state) : !is_away;
    if (is_over || left <= turn) return contents;
    if (is_away) {
      if (progress.is_terminal()) {
        progress.Show(fmt::format("{}: {}", job_id, std::string(contents.status().message())));
      }
      continue;
    }
    const JobRecord& record = contents->record;
    std::vector<StepProgress> steps;
    if (record.state == JobState::kRunning) {
      // Where it cannot be read the wait goes on without it.
      absl::StatusOr<std::vector<StepProgress>> known = connected.items().Progress(job_id);
      if (known.ok()) steps = *std::move(known);
    }
    if (progress.is_terminal()) {
      progress.Show(steps.empty() ? fmt::format("{}: {}", job_id, Describe(record))
                                  : ProgressBar(steps));
    } else if (!steps.empty()) {
      progress.Show(fmt::format("{}: {}", job_id, Describe(steps)));
    }
  }
}

absl::StatusOr<ExitCode> WaitForAll(Client& client, const std::vector<std::string>& job_ids,
                                    absl::Duration timeout,
                                    const std::function<void(const JobContents&)>& tell) {
  Progress progress;
  const absl::Time began = absl::Now();
  size_t succeeded = 0;
  size_t failed = 0;
  size_t cancelled = 0;
  for (const std::string& job_id : job_ids) {
    absl::StatusOr<JobContents> contents = absl::DeadlineExceededError("");
    while (absl::IsDeadlineExceeded(contents.status())) {
      const absl::Duration left = timeout - (absl::Now() - began);
      contents = client.WaitForJob(job_id, std::clamp(left, absl::ZeroDuration(), kLook));
      progress.Show(fmt::format("{} of {}: {} succeeded, {} failed, {} cancelled",
                                succeeded + failed + cancelled, Count(job_ids.size(), "job"),
                                succeeded, failed, cancelled));
      if (left <= absl::ZeroDuration()) break;
    }
    if (absl::IsDeadlineExceeded(contents.status())) continue;
    if (!contents.ok()) return contents.status();
    const JobState state = contents->record.state;
    ++(state == JobState::kSucceeded ? succeeded : state == JobState::kFailed ? failed : cancelled);
    progress.Clear();
    tell(*contents);
  }
  progress.Clear();
  const size_t unfinished = job_ids.size() - succeeded - failed - cancelled;
  std::cerr << fmt::format("{}: {} succeeded, {} failed, {} cancelled, {} not finished\n",
                           Count(job_ids.size(), "job"), succeeded, failed, cancelled, unfinished);
  if (failed > 0) return ExitCode::kFailed;
  if (unfinished > 0) return ExitCode::kTimedOut;
  return cancelled > 0 ? ExitCode::kCancelled : ExitCode::kOk;
}

ExitCode PrintOutcome(const JobContents& contents, const KnownGraphs& graphs) {
  const JobRecord& record = contents.record;
  if (record.state == JobState::kSucceeded) {
    std::cout << PayloadJson(graphs.Find(record.graph), record.output_type, contents.result)
              << '\n';
  } else {
    std::cerr << fmt::format("{}: {}\n", record.job_id, Describe(record));
  }
  return ExitCodeOf(record.state);
}

}  // namespace protograph::cli
