#include "protograph/jobs/schedules.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "jobs/known_graphs.h"
#include "jobs/submissions.h"
#include "schedules/proto_time.h"
#include "schedules/schedule_ticks.h"
#include "schedules/scheduled_job.h"

namespace protograph {

using google::protobuf::Message;
using internal::KnownGraphs;

namespace {

constexpr int kPage = 500;
// How often a firing by hand is tried while others change the schedule.
constexpr int kMostTries = 20;
constexpr absl::Duration kBetweenTries = absl::Milliseconds(20);

absl::Status ReadAll(ScheduleStore& store, std::vector<ScheduleRecord>& records) {
  std::string after;
  while (true) {
    absl::StatusOr<std::vector<ScheduleRecord>> page = store.ListSchedules(after, kPage);
    if (!page.ok()) return page.status();
    const bool is_last = page->size() < kPage;
    for (ScheduleRecord& record : *page) records.push_back(std::move(record));
    if (is_last) return absl::OkStatus();
    after = records.back().name;
  }
}

// Names the schedule.
absl::Status Of(const std::string& name, const absl::Status& status) {
  return absl::Status(status.code(),
                      fmt::format("schedule {}: {}", name, std::string(status.message())));
}

}  // namespace

struct Schedules::State {
  State(std::shared_ptr<Store> the_store, const ClientOptions& options)
      : store(std::move(the_store)),
        schedules(*store->schedules()),
        graphs(*store->jobs(), options.graphs) {}

  absl::StatusOr<bool> Put(const std::string& name, const ScheduleDefinition& definition,
                           const std::string& source);

  const std::shared_ptr<Store> store;
  ScheduleStore& schedules;
  KnownGraphs graphs;
};

absl::StatusOr<bool> Schedules::State::Put(const std::string& name,
                                           const ScheduleDefinition& definition,
                                           const std::string& source) {
  absl::Status status = CheckScheduleDefinition(definition);
  if (status.ok()) {
    status = graphs.Check(definition.graph(), definition.output_type(),
                          internal::TypesOf(definition.inputs()));
  }
  if (!status.ok()) return Of(name, status);
  return schedules.PutSchedule(name, definition, source);
}

absl::StatusOr<std::unique_ptr<Schedules>> Schedules::Make(std::shared_ptr<Store> store,
                                                           const ClientOptions& options) {
  if (store == nullptr || store->schedules() == nullptr || store->jobs() == nullptr) {
    return absl::InvalidArgumentError(
        "Schedules need a store that keeps schedules: PostgresStore and MemoryStore do");
  }
  return std::unique_ptr<Schedules>(
      new Schedules(std::make_unique<State>(std::move(store), options)));
}

Schedules::Schedules(std::unique_ptr<State> state) : state_(std::move(state)) {}
Schedules::~Schedules() = default;

absl::StatusOr<ScheduleDefinition> Schedules::DefineMessages(std::string_view graph,
                                                             std::string_view output_type,
                                                             std::span<const Message* const> inputs,
                                                             const Schedule& schedule) {
  absl::StatusOr<JobInputs> stored = internal::SerializedInputs(inputs);
  if (!stored.ok()) return stored.status();
  return MakeScheduleDefinition(graph, output_type, *stored, schedule);
}

absl::Status Schedules::PutMessages(const std::string& name, std::string_view graph,
                                    std::string_view output_type,
                                    std::span<const Message* const> inputs,
                                    const Schedule& schedule) {
  absl::StatusOr<ScheduleDefinition> definition =
      DefineMessages(graph, output_type, inputs, schedule);
  if (!definition.ok()) return Of(name, definition.status());
  return PutDefinition(name, *definition).status();
}

absl::StatusOr<bool> Schedules::PutDefinition(const std::string& name,
                                              const ScheduleDefinition& definition) {
  return state_->Put(name, definition, "");
}

absl::StatusOr<ReconcileReport> Schedules::Reconcile(const std::string& source,
                                                     std::span<const NamedSchedule> schedules) {
  if (source.empty()) {
    return absl::InvalidArgumentError(
        "Reconcile needs the name of the program, by which it knows its schedules again");
  }
  std::set<std::string> named;
  for (const NamedSchedule& schedule : schedules) {
    if (!named.insert(schedule.name).second) {
      return absl::InvalidArgumentError(
          fmt::format("two schedules are called {}: rename one", schedule.name));
    }
  }
  std::vector<ScheduleRecord> before;
  if (absl::Status status = ReadAll(state_->schedules, before); !status.ok()) return status;
  ReconcileReport report;
  for (const ScheduleRecord& record : before) {
    if (record.source == source && !named.contains(record.name)) {
      report.not_named.push_back(record.name);
    }
  }
  for (const NamedSchedule& schedule : schedules) {
    absl::StatusOr<bool> is_new = state_->Put(schedule.name, schedule.definition, source);
    if (!is_new.ok()) return is_new.status();
    if (*is_new) {
      report.made.push_back(schedule.name);
      continue;
    }
    const ScheduleRecord* was = nullptr;
    for (const ScheduleRecord& record : before) {
      if (record.name == schedule.name) was = &record;
    }
    const bool is_changed =
        was == nullptr || was->source != source ||
        was->definition.SerializeAsString() != schedule.definition.SerializeAsString();
    if (is_changed) report.changed.push_back(schedule.name);
  }
  return report;
}

absl::Status Schedules::Remove(const std::string& name) {
  return state_->schedules.RemoveSchedule(name);
}

absl::Status Schedules::Pause(const std::string& name) {
  return state_->schedules.PauseSchedule(name);
}

absl::Status Schedules::Resume(const std::string& name) {
  return state_->schedules.ResumeSchedule(name);
}

absl::StatusOr<ScheduleRecord> Schedules::Get(const std::string& name) {
  return state_->schedules.GetSchedule(name);
}

absl::StatusOr<std::vector<ScheduleRecord>> Schedules::List() {
  std::vector<ScheduleRecord> records;
  if (absl::Status status = ReadAll(state_->schedules, records); !status.ok()) return status;
  return records;
}

absl::StatusOr<std::vector<FiringRecord>> Schedules::Firings(const std::string& name, int limit) {
  return state_->schedules.ListFirings(name, limit);
}

absl::StatusOr<JobId> Schedules::Trigger(const std::string& name) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    absl::StatusOr<ScheduleRecord> record = state_->schedules.GetSchedule(name);
    if (!record.ok()) return record.status();
    absl::StatusOr<internal::ScheduleTicks> ticks =
        internal::ScheduleTicks::Make(record->definition);
    if (!ticks.ok()) return ticks.status();
    // Whole microseconds, as stores keep them.
    const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()));
    absl::StatusOr<JobSubmission> job = internal::JobOf(
        record->definition, {.schedule = name, .time = now, .previous_time = record->last_run_tick},
        ticks->zone(), absl::ZeroDuration());
    if (!job.ok()) return job.status();
    job->job_id = std::move(internal::MakeJobIds(1, now).front());
    // At once, whatever this machine's clock says.
    job->run_at = absl::InfinitePast();
    const JobId job_id = job->job_id;
    const ScheduleFiring firing = {.name = name,
                                   .revision = record->revision,
                                   .ticks = {{.tick = now, .job = *std::move(job)}},
                                   .is_manual = true};
    absl::StatusOr<std::vector<FiringResult>> fired =
        state_->schedules.FireSchedules("", std::span<const ScheduleFiring>(&firing, 1));
    if (!fired.ok()) return fired.status();
    if (!fired->front().is_done) {
      absl::SleepFor(kBetweenTries);
      continue;
    }
    switch (fired->front().outcomes.front()) {
      case FiringOutcome::kFired:
        return job_id;
      case FiringOutcome::kRefused:
        return absl::FailedPreconditionError(fmt::format(
            "schedule {} makes no job now: its queue is draining; resume the queue", name));
      case FiringOutcome::kPending:
        return absl::FailedPreconditionError(
            fmt::format("schedule {} makes its job once job {} has finished, as its overlap says",
                        name, record->last_job_id));
      case FiringOutcome::kOverlapped:
        break;
    }
    return absl::FailedPreconditionError(fmt::format(
        "schedule {} makes no job now: job {} has not finished; wait for it, cancel it, "
        "or let the schedule allow overlaps",
        name, record->last_job_id));
  }
  return absl::AbortedError(
      fmt::format("schedule {} is changed all the time: try again later", name));
}

absl::StatusOr<std::string> Schedules::Backfill(const std::string& name, absl::Time from,
                                                absl::Time to, int jobs_per_minute) {
  absl::StatusOr<ScheduleRecord> record = state_->schedules.GetSchedule(name);
  if (!record.ok()) return record.status();
  ScheduleDefinition definition = record->definition;
  protograph::Backfill& backfill = *definition.mutable_backfill();
  backfill.set_schedule(name);
  *backfill.mutable_from() = internal::TimestampOf(from);
  *backfill.mutable_to() = internal::TimestampOf(to);
  backfill.set_jobs_per_minute(jobs_per_minute);
  definition.set_overlap(ScheduleDefinition::OVERLAP_ALLOW);
  definition.set_most_runs(0);
  definition.set_pause_after_failures(0);
  definition.clear_jitter();
  // The range says where it begins and ends.
  definition.clear_start();
  definition.clear_end();
  const std::string range = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", from, absl::UTCTimeZone()) +
                            "/" + absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", to, absl::UTCTimeZone());
  std::string backfill_name = fmt::format("{} backfill {}", name, range);
  absl::StatusOr<internal::ScheduleTicks> ticks = internal::ScheduleTicks::Make(definition);
  if (!ticks.ok()) return ticks.status();
  if (from < to) {
    const std::optional<absl::Time> first = ticks->Next(from - absl::Microseconds(1));
    if (!first.has_value() || *first >= to) {
      return absl::InvalidArgumentError(
          fmt::format("schedule {} has no tick in {}: see when it fires", name, range));
    }
  }
  absl::StatusOr<bool> is_new = state_->Put(backfill_name, definition, "");
  if (!is_new.ok()) return is_new.status();
  if (!*is_new) {
    return absl::AlreadyExistsError(
        fmt::format("{} is not done yet: wait for it, or remove it", backfill_name));
  }
  return backfill_name;
}

}  // namespace protograph
