// Schedules as people give them, and as they are stored.

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "jobs/submissions.h"
#include "protograph/jobs/schedules.h"
#include "schedules/proto_time.h"
#include "schedules/schedule_ticks.h"
#include "schedules/scheduled_job.h"

namespace protograph {

using internal::DurationOf;
using internal::DurationProtoOf;
using internal::ScheduleTicks;
using internal::TimestampOf;

namespace {

ScheduleDefinition::MissedTicks ProtoOf(MissedTicks missed) {
  switch (missed) {
    case MissedTicks::kRunOnce:
      return ScheduleDefinition::RUN_ONCE;
    case MissedTicks::kRunAll:
      return ScheduleDefinition::RUN_ALL;
    case MissedTicks::kRunWindow:
      return ScheduleDefinition::RUN_WINDOW;
    case MissedTicks::kSkip:
      break;
  }
  return ScheduleDefinition::SKIP;
}

ScheduleDefinition::Overlap ProtoOf(Overlap overlap) {
  switch (overlap) {
    case Overlap::kAllow:
      return ScheduleDefinition::OVERLAP_ALLOW;
    case Overlap::kQueueOne:
      return ScheduleDefinition::OVERLAP_QUEUE_ONE;
    case Overlap::kCancelRunning:
      return ScheduleDefinition::OVERLAP_CANCEL_RUNNING;
    case Overlap::kSkip:
      break;
  }
  return ScheduleDefinition::OVERLAP_SKIP;
}

void CheckJob(const ScheduleDefinition& definition, absl::TimeZone zone,
              std::vector<std::string>& faults) {
  if (definition.inputs().inputs().empty()) faults.emplace_back("it has no inputs");
  absl::StatusOr<JobSubmission> job =
      internal::JobOf(definition, {.schedule = "name", .time = absl::Now(), .previous_time = {}},
                      zone, absl::ZeroDuration());
  absl::Status status = job.status();
  if (job.ok()) {
    // As each of its jobs will have.
    job->job_id = "00000000-0000-7000-8000-000000000000";
    status = CheckSubmission(*job);
  }
  if (!status.ok()) faults.emplace_back(status.message());
}

void CheckBackfill(const Backfill& backfill, std::vector<std::string>& faults) {
  if (internal::TimeOf(backfill.from()) >= internal::TimeOf(backfill.to())) {
    faults.emplace_back("a backfill's range must begin before it ends");
  }
  if (backfill.jobs_per_minute() < 1) {
    faults.emplace_back("a backfill makes at least one job a minute");
  }
}

}  // namespace

absl::Status CheckScheduleDefinition(const ScheduleDefinition& definition) {
  std::vector<std::string> faults;
  const absl::StatusOr<ScheduleTicks> ticks = ScheduleTicks::Make(definition);
  if (!ticks.ok()) faults.emplace_back(ticks.status().message());
  if (DurationOf(definition.jitter()) < absl::ZeroDuration()) {
    faults.emplace_back("the jitter is negative");
  }
  if (definition.most_runs() < 0) {
    faults.emplace_back("most_runs is negative: give 0 for a schedule without an end");
  }
  const bool has_window = DurationOf(definition.missed_window()) > absl::ZeroDuration();
  if (has_window != (definition.missed_ticks() == ScheduleDefinition::RUN_WINDOW)) {
    faults.emplace_back("a missed_window and running the missed ticks of a window go together");
  }
  if (definition.pause_after_failures() < 0) {
    faults.emplace_back("pause_after_failures is negative: give 0 for never");
  }
  if (definition.attempts() < 0) faults.emplace_back("attempts is negative");
  if (definition.has_backfill()) CheckBackfill(definition.backfill(), faults);
  CheckJob(definition, ticks.ok() ? ticks->zone() : absl::UTCTimeZone(), faults);
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("the schedule is wrong: {}", fmt::join(faults, "; ")));
}

absl::StatusOr<ScheduleDefinition> MakeScheduleDefinition(std::string_view graph,
                                                          std::string_view output_type,
                                                          const JobInputs& inputs,
                                                          const Schedule& schedule) {
  const SubmitOptions& job = schedule.job;
  if (!job.unique_key.empty() || job.earliest_run_time != absl::InfinitePast() ||
      job.delay != absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        "the jobs of a schedule have neither a unique key nor a time of their own: "
        "Schedule::overlap "
        "and its ticks say that");
  }
  absl::StatusOr<std::string> metadata = internal::MetadataJson(job.metadata);
  if (!metadata.ok()) return metadata.status();
  ScheduleDefinition definition;
  definition.set_cron(schedule.cron);
  if (!schedule.cron.empty() || schedule.time_zone != "UTC") {
    definition.set_time_zone(schedule.time_zone);
  }
  if (schedule.interval != absl::ZeroDuration()) {
    *definition.mutable_interval() = DurationProtoOf(schedule.interval);
    if (schedule.anchor != absl::UnixEpoch()) {
      *definition.mutable_anchor() = TimestampOf(schedule.anchor);
    }
  }
  if (schedule.start != absl::InfinitePast()) {
    *definition.mutable_start() = TimestampOf(schedule.start);
  }
  if (schedule.end != absl::InfiniteFuture()) {
    *definition.mutable_end() = TimestampOf(schedule.end);
  }
  if (schedule.jitter != absl::ZeroDuration()) {
    *definition.mutable_jitter() = DurationProtoOf(schedule.jitter);
  }
  definition.set_most_runs(schedule.most_runs);
  definition.set_missed_ticks(ProtoOf(schedule.missed));
  if (schedule.missed_window != absl::ZeroDuration()) {
    *definition.mutable_missed_window() = DurationProtoOf(schedule.missed_window);
  }
  definition.set_overlap(ProtoOf(schedule.overlap));
  definition.set_pause_after_failures(schedule.pause_after_failures);
  definition.set_graph(std::string(graph));
  definition.set_output_type(std::string(output_type));
  *definition.mutable_inputs() = inputs;
  definition.set_queue(job.queue);
  definition.set_priority(job.priority);
  definition.set_attempts(job.retry.attempts);
  *definition.mutable_backoff() = DurationProtoOf(job.retry.backoff);
  *definition.mutable_longest_backoff() = DurationProtoOf(job.retry.longest_backoff);
  *definition.mutable_timeout() = DurationProtoOf(job.timeout);
  definition.set_concurrency_key(job.concurrency_key);
  definition.mutable_tags()->Add(job.tags.begin(), job.tags.end());
  definition.set_metadata(*std::move(metadata));
  if (absl::Status status = CheckScheduleDefinition(definition); !status.ok()) return status;
  return definition;
}

absl::StatusOr<std::vector<absl::Time>> UpcomingTicks(const ScheduleDefinition& definition,
                                                      absl::Time after, int count) {
  absl::StatusOr<ScheduleTicks> ticks = ScheduleTicks::Make(definition);
  if (!ticks.ok()) return ticks.status();
  std::vector<absl::Time> upcoming;
  for (std::optional<absl::Time> tick = ticks->Next(after);
       tick.has_value() && static_cast<int>(upcoming.size()) < count; tick = ticks->Next(*tick)) {
    upcoming.push_back(*tick);
  }
  return upcoming;
}

absl::StatusOr<std::string> DescribeTicks(const ScheduleDefinition& definition) {
  absl::StatusOr<ScheduleTicks> ticks = ScheduleTicks::Make(definition);
  if (!ticks.ok()) return ticks.status();
  return ticks->Describe();
}

}  // namespace protograph
