#include "jobs/schedule_firer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "jobs/submissions.h"
#include "protograph/random_source.h"
#include "schedules/firing_plan.h"
#include "schedules/proto_time.h"
#include "schedules/schedule_ticks.h"
#include "schedules/scheduled_job.h"

namespace protograph::internal {
namespace {

constexpr int kMostSchedules = 1000;
// Of one schedule in one firing, and of one statement; what is left is due at once.
constexpr int64_t kMostTicks = 500;
constexpr int64_t kMostTicksAtOnce = 2000;
constexpr int64_t kMostBytesAtOnce = int64_t{16} << 20;

// Puts the jobs of the plan's ticks into the firing.
absl::Status AddTicks(const ScheduleRecord& record, const ScheduleTicks& ticks,
                      const FiringPlan& plan, absl::Time now, ScheduleFiring& firing) {
  const ScheduleDefinition& definition = record.definition;
  std::vector<std::string> ids = MakeJobIds(plan.ticks.size(), now);
  std::optional<absl::Time> previous = record.last_run_tick;
  for (size_t i = 0; i < plan.ticks.size(); ++i) {
    const absl::Duration jitter =
        DurationOf(definition.jitter()) * UniformDouble(RandomSource::System());
    absl::StatusOr<JobSubmission> job = JobOf(
        definition,
        {.schedule = definition.has_backfill() ? definition.backfill().schedule() : record.name,
         .time = plan.ticks[i],
         .previous_time = previous},
        ticks.zone(), jitter);
    if (!job.ok()) return job.status();
    job->job_id = std::move(ids[i]);
    if (absl::Status status = CheckSubmission(*job); !status.ok()) return status;
    firing.ticks.push_back({.tick = plan.ticks[i], .job = *std::move(job)});
    previous = plan.ticks[i];
  }
  return absl::OkStatus();
}

// Of a job, as far as its inputs make it so.
int64_t BytesOf(const ScheduleRecord& record) {
  return static_cast<int64_t>(record.definition.inputs().ByteSizeLong()) + 1;
}

ScheduleFiring FiringOf(const ScheduleRecord& record, absl::Time now) {
  ScheduleFiring firing = {.name = record.name, .revision = record.revision};
  absl::Status status =
      record.problem.empty() ? absl::OkStatus() : absl::InvalidArgumentError(record.problem);
  absl::StatusOr<ScheduleTicks> ticks = ScheduleTicks::Make(record.definition);
  if (status.ok()) status = ticks.status();
  if (status.ok()) {
    const FiringPlan plan =
        PlanFiring(record, *ticks, now,
                   std::clamp(kMostBytesAtOnce / BytesOf(record), int64_t{1}, kMostTicks));
    firing.next_tick = plan.next_tick;
    firing.due_at = plan.due_at;
    firing.missed = plan.missed;
    firing.is_over = plan.is_over;
    status = AddTicks(record, *ticks, plan, now, firing);
  }
  if (status.ok()) return firing;
  // Nobody can fire it. What it would have done is left to whoever changes it.
  return {.name = record.name,
          .revision = record.revision,
          .problem = std::string(status.message().substr(0, 1000))};
}

}  // namespace

absl::StatusOr<std::vector<FiringResult>> ScheduleFirer::FireAll(
    const std::string& owner_id, std::span<const ScheduleFiring> firings) {
  absl::StatusOr<std::vector<FiringResult>> results = schedules_.FireSchedules(owner_id, firings);
  const bool may_be_one =
      absl::IsInvalidArgument(results.status()) || absl::IsFailedPrecondition(results.status());
  if (results.ok() || !may_be_one || firings.size() == 1) return results;
  // One that cannot be fired is in nobody's way.
  std::vector<FiringResult> all;
  for (size_t i = 0; i < firings.size(); ++i) {
    results = schedules_.FireSchedules(owner_id, firings.subspan(i, 1));
    if (!results.ok()) {
      logger_.Log(LogLevel::kError, fmt::format("schedule {} cannot be fired: {}", firings[i].name,
                                                std::string(results.status().message())));
    }
    all.push_back(results.ok() ? results->front() : FiringResult());
  }
  return all;
}

absl::StatusOr<ScheduleFirer::Round> ScheduleFirer::Fire(const std::string& owner_id) {
  absl::StatusOr<DueSchedules> due = schedules_.FindDueSchedules(kMostSchedules);
  if (!due.ok()) return due.status();
  std::vector<ScheduleFiring> firings;
  int64_t ticks = 0;
  int64_t bytes = 0;
  for (const ScheduleRecord& record : due->schedules) {
    ScheduleFiring firing = FiringOf(record, due->now);
    const auto count = static_cast<int64_t>(firing.ticks.size());
    ticks += count;
    bytes += count * BytesOf(record);
    if (!firings.empty() && (ticks > kMostTicksAtOnce || bytes > kMostBytesAtOnce)) break;
    firings.push_back(std::move(firing));
  }
  absl::StatusOr<std::vector<FiringResult>> results = FireAll(owner_id, firings);
  if (!results.ok()) return results.status();
  Round round;
  for (size_t i = 0; i < firings.size(); ++i) {
    const FiringResult& result = (*results)[i];
    if (!result.is_done) continue;
    round.has_done = true;
    if (!firings[i].problem.empty()) {
      logger_.Log(LogLevel::kError,
                  fmt::format("schedule {} is paused, as it cannot be fired: {}; change it, which "
                              "resumes it",
                              firings[i].name, firings[i].problem));
    }
    if (firings[i].missed > 0) {
      logger_.Log(LogLevel::kWarning,
                  fmt::format("schedule {} has missed {} ticks, for which no worker was there",
                              firings[i].name, firings[i].missed));
    }
    if (std::count(result.outcomes.begin(), result.outcomes.end(), FiringOutcome::kRefused) > 0) {
      logger_.Log(
          LogLevel::kWarning,
          fmt::format("schedule {} has made no job: its queue is draining", firings[i].name));
    }
    round.has_fired |=
        std::count(result.outcomes.begin(), result.outcomes.end(), FiringOutcome::kFired) > 0;
  }
  return round;
}

}  // namespace protograph::internal
