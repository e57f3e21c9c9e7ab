#ifndef PROTOGRAPH_STORE_SCHEDULE_STORE_H_
#define PROTOGRAPH_STORE_SCHEDULE_STORE_H_

// ScheduleStore: the part of a store that keeps schedules, which make jobs again and again.
// Store::schedules() has it; whoever has it keeps jobs too. Schedules and Worker (protograph/jobs)
// call it; programs use those.
//
// The store knows what a schedule is due next, and not why: a worker that finds it due works out
// which ticks it has, and fires them. Firing names the revision at which the schedule was read, and
// does nothing where another worker was first. In the same step it makes the jobs and moves the
// schedule on, so that each tick is fired once, whatever crashes when.
//
// Times are by the store's clock. Thread safe. Errors as those of JobStore.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protograph/schedule.pb.h"
#include "protograph/store/job_store.h"

namespace protograph {

struct ScheduleRecord {
  // At most kLongestName bytes.
  std::string name;
  ScheduleDefinition definition;
  // Of the program that gave it in code; see Schedules::Reconcile. Empty: somebody has made it.
  std::string source;
  // Another one after each change and each firing.
  int64_t revision = 0;
  bool is_paused = false;
  // Why it is paused, where nobody asked for that; what is wrong with its definition.
  std::string problem;
  // Whether next_tick is known: it is not after a change, until a worker has worked it out.
  bool is_planned = false;
  // Not set: there is none any more.
  std::optional<absl::Time> next_tick;
  // The last that was fired, whether or not it made a job.
  std::optional<absl::Time> last_tick;
  // The last that has made a job.
  std::optional<absl::Time> last_run_tick;
  // A tick whose job waits until that of an earlier one has finished.
  std::optional<absl::Time> pending_tick;
  // The last job that it made, and whether that has not finished.
  std::string last_job_id;
  bool is_last_job_live = false;
  absl::Time changed_at;
  // Jobs that were made; ticks that were missed and that fell away as another job ran.
  int64_t runs = 0;
  int64_t missed = 0;
  int64_t overlapped = 0;
  // Jobs that have failed since the last that succeeded.
  int64_t failures_in_a_row = 0;
};

// What to do about one tick.
struct TickFiring {
  absl::Time tick;
  // Its job. Without a unique key; run_at says when it is due.
  JobSubmission job;
};

struct ScheduleFiring {
  std::string name;
  int64_t revision = 0;
  std::vector<TickFiring> ticks = {};
  // When to look at it again; infinite: never.
  std::optional<absl::Time> next_tick = {};
  absl::Time due_at = absl::InfiniteFuture();
  int64_t missed = 0;
  // What is wrong with the definition: it is paused. Empty: nothing.
  std::string problem = {};
  // Somebody asked for it (Schedules::Trigger): next_tick and due_at are left as they are, and so
  // is whether it is paused.
  // A paused schedule's tick is never pending.
  bool is_manual = false;
  // It has done what it was for and is removed.
  bool is_over = false;
};

enum class FiringOutcome : char {
  kFired = 'f',
  // The job of an earlier tick has not finished.
  kOverlapped = 'o',
  // The same, and it will be fired then.
  kPending = 'p',
  // Its queue is draining and takes no jobs.
  kRefused = 'r',
};
// "fired", "overlapped", "pending", "refused".
std::string_view ToString(FiringOutcome outcome);

// What has become of a tick.
struct FiringRecord {
  std::string schedule;
  absl::Time tick;
  FiringOutcome outcome = FiringOutcome::kFired;
  // Of kFired.
  std::string job_id;
  absl::Time fired_at;
  // The owner that fired it; empty where it was a client.
  std::string owner_id;
};

struct FiringResult {
  // False: the schedule was changed, fired, paused or removed since it was read, and nothing was
  // done.
  bool is_done = false;
  // For each tick.
  std::vector<FiringOutcome> outcomes = {};
};

struct DueSchedules {
  std::vector<ScheduleRecord> schedules;
  // By the store's clock.
  absl::Time now;
};

class ScheduleStore {
 public:
  virtual ~ScheduleStore() = default;

  // Makes the schedule or changes its definition, after which it is planned anew; what it has fired
  // and whether it is paused stay. Nothing happens where it is there with this definition and
  // source. Returns whether it is new. kInvalidArgument for a name that cannot be stored.
  virtual absl::StatusOr<bool> PutSchedule(const std::string& name,
                                           const ScheduleDefinition& definition,
                                           const std::string& source) = 0;
  // kNotFound, as all that follow. Its jobs stay.
  virtual absl::Status RemoveSchedule(const std::string& name) = 0;
  // A paused schedule has no ticks; those of the time in which it was paused are not missed.
  virtual absl::Status PauseSchedule(const std::string& name) = 0;
  virtual absl::Status ResumeSchedule(const std::string& name) = 0;
  virtual absl::StatusOr<ScheduleRecord> GetSchedule(const std::string& name) = 0;
  // By name, from the one after `after`.
  virtual absl::StatusOr<std::vector<ScheduleRecord>> ListSchedules(const std::string& after,
                                                                    int limit) = 0;
  // The last ones first. Kept as long as succeeded jobs are.
  virtual absl::StatusOr<std::vector<FiringRecord>> ListFirings(const std::string& name,
                                                                int limit) = 0;

  // Those that have something to do: ticks, a pending tick that is free, a definition that is not
  // planned. The longest due first.
  virtual absl::StatusOr<DueSchedules> FindDueSchedules(int limit) = 0;

  // See above. In the order of the firings. Each job is made that the schedule's overlap allows.
  // `owner_id`: who does it; empty for clients.
  virtual absl::StatusOr<std::vector<FiringResult>> FireSchedules(
      const std::string& owner_id, std::span<const ScheduleFiring> firings) = 0;
};

}  // namespace protograph

#endif  // PROTOGRAPH_STORE_SCHEDULE_STORE_H_
