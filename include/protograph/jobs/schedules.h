#ifndef PROTOGRAPH_JOBS_SCHEDULES_H_
#define PROTOGRAPH_JOBS_SCHEDULES_H_

// Schedules: jobs that are made again and again, by a calendar or an interval.
//
//   absl::StatusOr<std::unique_ptr<Schedules>> schedules = Schedules::Make(store);
//   absl::Status status = (*schedules)->Put<TagSet>(
//       "nightly", "movies", movie_id,
//       {.cron = "30 3 * * *", .time_zone = "Europe/Berlin", .overlap = Overlap::kSkip});
//
// A schedule stands in the store and survives every process; any worker of the store may fire it.
// Each tick (a time at which it fires) is fired once, whatever crashes when. What happens to ticks
// that nobody could fire in time, and to those that meet a job that still runs, each schedule says
// for itself. Steps find out which tick they run for by ctx.ScheduledTime() and ScheduleInfo.
//
// What expressions mean, and what daylight saving does to them: docs/schedules.md.
//
// Thread safe. Calls block, as the store does. Errors: those of the store; kInvalidArgument for
// what cannot be scheduled.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "protograph/graph.h"
#include "protograph/job.pb.h"
#include "protograph/jobs/client.h"
#include "protograph/store/schedule_store.h"
#include "protograph/store/store.h"

namespace protograph {

// What becomes of ticks that nobody fired while they were due, as no worker was there. A tick is
// missed once the next one is due, or a minute after it was due.
enum class MissedTicks {
  kSkip,
  // One job for all of them: that of the last.
  kRunOnce,
  kRunAll,
  // Those that are not older than Schedule::missed_window.
  kRunWindow,
};

// What happens at a tick while the job of an earlier one has not finished.
enum class Overlap {
  kAllow,
  // The tick makes no job.
  kSkip,
  // The last such tick makes its job once the earlier one has finished.
  kQueueOne,
  // The same, and the earlier one is cancelled.
  kCancelRunning,
};

struct Schedule {
  // When: a cron expression in a zone of the IANA database, ...
  std::string cron = {};
  std::string time_zone = "UTC";
  // ... or so often, at least a second, counted from the anchor.
  absl::Duration interval = absl::ZeroDuration();
  absl::Time anchor = absl::UnixEpoch();
  // No tick is before the start or after the end.
  absl::Time start = absl::InfinitePast();
  absl::Time end = absl::InfiniteFuture();
  // A job is due at its tick and a random time later that is shorter than this.
  absl::Duration jitter = absl::ZeroDuration();
  // The schedule has ended once it has made so many jobs; 0: it never has.
  int64_t most_runs = 0;

  MissedTicks missed = MissedTicks::kSkip;
  absl::Duration missed_window = absl::ZeroDuration();
  Overlap overlap = Overlap::kSkip;
  // The schedule pauses itself once so many of its jobs have failed one after the other; 0: never.
  int pause_after_failures = 0;

  // Of its jobs. Neither a unique key nor a time: the schedule has those.
  SubmitOptions job = {};
};

// A schedule that a program names in its code.
struct NamedSchedule {
  std::string name;
  ScheduleDefinition definition;
};

// What Reconcile has found; names of schedules.
struct ReconcileReport {
  std::vector<std::string> made;
  std::vector<std::string> changed;
  // In the store from an earlier version of the program, which names them no longer. They are left
  // as they are: remove those that are not wanted.
  std::vector<std::string> not_named;
};

// The definition of a schedule that makes jobs for this output from these inputs. Checks all but
// what the graph can do. kInvalidArgument names everything that is wrong.
absl::StatusOr<ScheduleDefinition> MakeScheduleDefinition(std::string_view graph,
                                                          std::string_view output_type,
                                                          const JobInputs& inputs,
                                                          const Schedule& schedule);

// kInvalidArgument names everything that is wrong with a definition, as it is stored.
absl::Status CheckScheduleDefinition(const ScheduleDefinition& definition);

// Ticks after `after`, at most so many; fewer where there are no more. kInvalidArgument where the
// definition is wrong.
absl::StatusOr<std::vector<absl::Time>> UpcomingTicks(const ScheduleDefinition& definition,
                                                      absl::Time after, int count);

// When it fires, in words: "at 03:30 every day, Europe/Berlin".
absl::StatusOr<std::string> DescribeTicks(const ScheduleDefinition& definition);

class Schedules {
 public:
  // kInvalidArgument where the store keeps no schedules. Asks nothing of it yet. Of the options the
  // graphs are looked at.
  static absl::StatusOr<std::unique_ptr<Schedules>> Make(std::shared_ptr<Store> store,
                                                         const ClientOptions& options = {});
  ~Schedules();
  Schedules(const Schedules&) = delete;
  Schedules& operator=(const Schedules&) = delete;

  // Makes the schedule, or changes the one of this name.
  template <class Output, class Input>
  absl::Status Put(const std::string& name, std::string_view graph, const Input& input,
                   const Schedule& schedule) {
    const google::protobuf::Message* inputs[] = {&input};
    return PutMessages(name, graph, Output::descriptor()->full_name(), inputs, schedule);
  }
  // The same for NamedSchedules.
  template <class Output, class Input>
  static absl::StatusOr<ScheduleDefinition> Define(std::string_view graph, const Input& input,
                                                   const Schedule& schedule) {
    const google::protobuf::Message* inputs[] = {&input};
    return DefineMessages(graph, Output::descriptor()->full_name(), inputs, schedule);
  }
  // Whether it is new. JSON inputs may be templates: see schedule.proto.
  absl::StatusOr<bool> PutDefinition(const std::string& name, const ScheduleDefinition& definition);

  // Makes and changes the schedules that a program names in its code; `source` is the program's
  // name, by which it knows them again. At the start of each process; when versions of a program
  // run side by side the last to start wins.
  absl::StatusOr<ReconcileReport> Reconcile(const std::string& source,
                                            std::span<const NamedSchedule> schedules);

  // kNotFound, as all that follow. Its jobs stay.
  absl::Status Remove(const std::string& name);
  // A paused schedule has no ticks; those of the time in which it was paused are not missed.
  absl::Status Pause(const std::string& name);
  absl::Status Resume(const std::string& name);
  absl::StatusOr<ScheduleRecord> Get(const std::string& name);
  // By name; all of them.
  absl::StatusOr<std::vector<ScheduleRecord>> List();
  // The last ones first.
  absl::StatusOr<std::vector<FiringRecord>> Firings(const std::string& name, int limit = 100);

  // Makes a job now, whatever the schedule says; a paused one too. Its tick is the time at which
  // this is called. kFailedPrecondition where the schedule's overlap or its queue do not allow it;
  // kAborted where others change the schedule all the time.
  absl::StatusOr<JobId> Trigger(const std::string& name);

  // Makes the jobs of a range of the past, from `from` on and before `to`, at most so many a minute
  // and side by side with those of the schedule. Done by workers, from a schedule of its own, whose
  // name is returned and which is removed once it is done; pausing, resuming and removing that one
  // do what they say. kAlreadyExists where one for this range is not done.
  absl::StatusOr<std::string> Backfill(const std::string& name, absl::Time from, absl::Time to,
                                       int jobs_per_minute);

 private:
  struct State;
  explicit Schedules(std::unique_ptr<State> state);

  static absl::StatusOr<ScheduleDefinition> DefineMessages(
      std::string_view graph, std::string_view output_type,
      std::span<const google::protobuf::Message* const> inputs, const Schedule& schedule);
  absl::Status PutMessages(const std::string& name, std::string_view graph,
                           std::string_view output_type,
                           std::span<const google::protobuf::Message* const> inputs,
                           const Schedule& schedule);

  std::unique_ptr<State> state_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_JOBS_SCHEDULES_H_
