#ifndef PROTOGRAPH_STORE_JOB_STORE_H_
#define PROTOGRAPH_STORE_JOB_STORE_H_

// JobStore: the part of a store that keeps jobs, their queues and who works on them. Store::jobs()
// has it. Client and Worker (protograph/jobs) call it; programs use those.
//
// A job is a request for one output of one graph. It is in exactly one state:
//
//   scheduled -> queued -> running -> succeeded | failed | cancelled
//       ^----------------------|            (another attempt, after a wait)
//
// Scheduled jobs become queued once their time has come, by Maintain. Queued jobs are handed out by
// Claim, which makes them running for their owner (see Owner in store.h) under a term: a number
// that the store issues, larger with each claim. Finish and everything else that a worker says of a
// running job names owner and term, and is refused where the job is not running under them any
// more: that is the fence against workers that were taken for dead.
//
// Order: a queue hands out its jobs by rank, the smallest first. A job's rank is the time at which
// it became due, less kPriorityStep for each step of its priority. So a job overtakes those of a
// priority that is lower by n and that became due less than n hours before; nothing waits behind
// jobs that became due later than that.
//
// Every time is by the store's own clock. Texts are UTF-8 without NUL characters; where one is not,
// a store may put U+FFFD for the bytes that it cannot keep, except in names, ids and keys, which
// are kInvalidArgument then.
//
// Thread safe. Calls block, for as long as the store's timeouts say. Errors as those of Store.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace protograph {

inline constexpr std::string_view kDefaultQueue = "default";

// ---- What stores refuse. See CheckSubmission. ----

// Of the names of queues and graphs, and of keys and tags, in bytes.
inline constexpr size_t kLongestName = 255;
// Of a job's inputs together, and of its result, in bytes.
inline constexpr size_t kLargestPayload = size_t{64} << 20;
// Priorities are from -kMostPriority to kMostPriority.
inline constexpr int kMostPriority = 1000;
inline constexpr absl::Duration kPriorityStep = absl::Hours(1);
inline constexpr size_t kMostTags = 32;

enum class JobState {
  // Its time has not come, or it waits for its next attempt.
  kScheduled,
  // Waits for a worker, or for its turn among the jobs of its concurrency key.
  kQueued,
  // A worker has it, or it waits for others that have its items: see item_store.h.
  kRunning,
  kSucceeded,
  // Its attempts are spent, its error is final, or it was set aside as it killed its workers.
  kFailed,
  kCancelled,
};
// "scheduled", "queued", "running", "succeeded", "failed", "cancelled".
std::string_view ToString(JobState state);
std::optional<JobState> ParseJobState(std::string_view name);
// kSucceeded, kFailed or kCancelled.
bool IsFinal(JobState state);

// Among which jobs a unique key is unique.
enum class UniqueAmong : int16_t {
  // Those that wait, for their time or for a worker: one that runs may have read old data.
  kWaiting = 1,
  // Those that are not finished.
  kUnfinished = 2,
  // Those, and those that have finished less than unique_for ago.
  kFinished = 3,
};

struct JobSubmission {
  // A UUID, new for each job. Repeating a submission with the same id makes no second job.
  std::string job_id;
  std::string graph;
  // Full name of the message that is wanted.
  std::string output_type;
  // A serialized protograph.JobInputs.
  std::string inputs;
  std::string queue = std::string(kDefaultQueue);
  int priority = 0;
  // Not before both have come.
  absl::Time run_at = absl::InfinitePast();
  absl::Duration delay = absl::ZeroDuration();
  // How often the job is tried, the first time too; at least 1.
  int max_attempts = 1;
  // Waits between attempts: full jitter over backoff * 2^n, at most longest_backoff.
  absl::Duration backoff = absl::Seconds(10);
  absl::Duration longest_backoff = absl::Hours(1);
  // Of one attempt.
  absl::Duration timeout = absl::InfiniteDuration();
  // Empty: the job is not unique. Keys of different queues know nothing of each other.
  std::string unique_key = {};
  UniqueAmong unique_among = UniqueAmong::kUnfinished;
  absl::Duration unique_for = absl::ZeroDuration();
  // Of jobs with the same key at most QueueSettings::key_limit run at once. Empty: no limit.
  std::string concurrency_key = {};
  std::vector<std::string> tags = {};
  // A JSON object; empty: {}.
  std::string metadata = {};
};

// kInvalidArgument for what no store accepts; says which field of which job, and what is allowed.
absl::Status CheckSubmission(const JobSubmission& submission);

struct SubmittedJob {
  // The new job's, or that of the job that has the unique key.
  std::string job_id;
  bool is_new = true;
};

// How many jobs of a queue a claim may have.
struct QueueDemand {
  std::string queue;
  int limit = 0;
};

struct ClaimRequest {
  std::string owner_id;
  std::vector<QueueDemand> queues;
  // Where none of these queues has a job, a wake-up is due to this owner: see JobEvents. It lasts
  // until its next claim. As jobs may come while that is noted, claim once more before waiting.
  bool wake_if_empty = false;
  // After a call that failed, so that jobs may have been claimed without anybody knowing: those
  // that were claimed for this owner under a larger term than the last it was told of come first,
  // and then no others. An owner makes one claim at a time.
  bool recovers = false;
  int64_t last_term = 0;
};

struct ClaimedJob {
  std::string job_id;
  int64_t term = 0;
  std::string queue;
  std::string graph;
  std::string output_type;
  std::string inputs;
  // From 1: this one included.
  int attempt = 1;
  int max_attempts = 1;
  absl::Duration backoff;
  absl::Duration longest_backoff;
  absl::Duration timeout;
  // Whether a worker died while it had the job. Then MarkStarted must be called before it is run.
  bool is_suspect = false;
  // Workers that have died after MarkStarted. Where there was one, no other such job may run beside
  // it in its process, so that the next death has one reason.
  int crashes = 0;
  // Whether this job may have left checkpoints: it was run before, as far as is known.
  bool was_claimed = false;
};

enum class JobOutcome {
  kSucceeded,
  kFailed,
  // Another attempt, after `wait`.
  kRetry,
  // It is put off: another attempt after `wait`, and this one does not count.
  kSnooze,
  kCancelled,
  // It was not run, or was interrupted: queued again as it was, and the attempt does not count.
  kGiveBack,
};

struct JobEnd {
  std::string job_id;
  int64_t term = 0;
  JobOutcome outcome = JobOutcome::kSucceeded;
  // Of kSucceeded: the output's bytes.
  std::string result = {};
  // Of kFailed, kRetry, kSnooze and kCancelled.
  int error_code = 0;
  std::string error = {};
  std::string failed_step = {};
  absl::Duration wait = absl::ZeroDuration();
  // Of kGiveBack: whether it was run at all, so that it may have left checkpoints.
  bool was_begun = true;
};

// Which running job of whom: what a worker says it about.
struct RunningJob {
  std::string job_id;
  int64_t term = 0;
};

struct JobRecord {
  std::string job_id;
  std::string queue;
  std::string graph;
  std::string output_type;
  JobState state = JobState::kQueued;
  int priority = 0;
  // Attempts that have begun.
  int attempt = 0;
  int max_attempts = 1;
  // Times that a worker died while it ran the job.
  int crashes = 0;
  bool cancel_requested = false;
  std::string unique_key;
  std::string concurrency_key;
  std::vector<std::string> tags;
  std::string metadata;
  absl::Time submitted_at;
  // Of kScheduled and kQueued: when it is or was due.
  std::optional<absl::Time> run_at;
  // Of kRunning, and of those that have run.
  std::optional<absl::Time> started_at;
  std::optional<absl::Time> finished_at;
  // Of kRunning: who has it; empty where it waits for its items. Of the final states: who had it
  // last; may be empty.
  std::string owner_id;
  // Of the last attempt that failed.
  int error_code = 0;
  std::string error;
  std::string failed_step;
  // Of a job that has some of another one's items (see item_store.h): the other one.
  std::string parent_id;
};

// A job and what it was given and has made.
struct JobContents {
  JobRecord record;
  std::string inputs;
  // Of kSucceeded.
  std::string result;
};

// Which jobs List returns. Empty: whatever.
struct JobFilter {
  std::vector<JobState> states = {};
  std::string queue = {};
  std::string graph = {};
  std::string output_type = {};
  // All of them.
  std::vector<std::string> tags = {};
  std::string unique_key = {};
  // Those that wait and are or will be due by then; infinite: whatever.
  absl::Time due_by = absl::InfiniteFuture();
  // Those that have items of this job. Empty: those that have no other one's items.
  std::string parent_id = {};
};

// What to change of a job that no worker has; not set: nothing.
struct JobChange {
  // In the past: at once.
  std::optional<absl::Time> run_at = {};
  std::optional<int> priority = {};
  // A serialized protograph.JobInputs.
  std::optional<std::string> inputs = {};
};
// kInvalidArgument for what no store accepts.
absl::Status CheckChange(const JobChange& change);

enum class QueueMode {
  kRunning,
  // Jobs are taken in and not handed out.
  kPaused,
  // Jobs are handed out and no new ones taken in.
  kDraining,
};
std::string_view ToString(QueueMode mode);

struct QueueSettings {
  QueueMode mode = QueueMode::kRunning;
  // How many jobs of the queue run at once, everywhere; 0: no limit.
  int concurrency_limit = 0;
  // How many jobs of one concurrency key run at once, everywhere; 0: no limit.
  int key_limit = 0;
};

struct QueueRecord {
  std::string queue;
  QueueSettings settings;
  // Jobs in each state now. Maintained, not counted, so that it costs the same for millions.
  int64_t scheduled = 0;
  int64_t queued = 0;
  int64_t running = 0;
  // Jobs that have ended so since the queue is there.
  int64_t succeeded = 0;
  int64_t failed = 0;
  int64_t cancelled = 0;
};

// A number of permits: as many as anybody wants.
inline constexpr int kNoPermitLimit = std::numeric_limits<int>::max();

struct PermitDemand {
  std::string queue;
  // How many jobs of the queue this owner could run at once.
  int wanted = 0;
  // How many of its permits are in use: it keeps those. At most `wanted`.
  int in_use = 0;
};

struct WorkerRecord {
  std::string owner_id;
  std::string host;
  int64_t process_id = 0;
  std::string program;
  absl::Time started_at;
  bool is_alive = true;
  int threads = 0;
  // Name and weight.
  std::vector<std::pair<std::string, int>> queues;
  std::vector<std::string> graphs;
  int64_t running = 0;
};

// A graph as a worker has published it, for tools that do not link it.
struct PublishedGraph {
  std::string graph;
  std::string fingerprint;
  // A serialized protograph.GraphDescription.
  std::string description;
  // A serialized google.protobuf.FileDescriptorSet: all messages of the graph.
  std::string descriptors;
  absl::Time published_at = {};
};

struct MaintainOptions {
  // After so many deaths of workers that had started it a job has failed.
  int most_crashes = 3;
  // For how long finished jobs are kept, at least: it is a whole day in which they were submitted
  // that is dropped, once its last job is older.
  absl::Duration keep_succeeded = absl::Hours(24);
  absl::Duration keep_failed = absl::Hours(24 * 7);
  // Rows of one kind that one call moves at most.
  int batch = 5000;
  // Whether owners are dead whose lease has run out, beside those that were declared dead. Workers
  // leave it out by themselves while it may be the store that was away.
  bool lapsed_are_dead = true;
};

struct MaintainResult {
  // Jobs that were due and are queued now.
  int64_t promoted = 0;
  // Jobs of dead owners that are queued again, and those that failed with their last crash.
  int64_t returned = 0;
  int64_t set_aside = 0;
  // Finished jobs that were removed.
  int64_t removed = 0;
  // How long until the next scheduled job or schedule is due; infinite where there is none.
  absl::Duration next_due = absl::InfiniteDuration();
  // Whether FindDueSchedules would find some.
  bool has_due_schedules = false;
  // Whether another call at once would find more to do.
  bool more = false;
  // What slows the store down, for people, and what to do about it; empty where nothing is known
  // to.
  std::string hindrance = {};
};

struct NextDue {
  // As MaintainResult has them.
  absl::Duration next_due = absl::InfiniteDuration();
  bool has_due_schedules = false;
};

// What a listener is told. Hints: any of them may be lost or come without reason, so that whoever
// waits must also look from time to time. Called by a thread of the store's, one at a time; must
// not block.
struct JobEvents {
  // There are jobs for this owner; see ClaimRequest::wake_if_empty.
  std::function<void()> on_work = {};
  // Something may be due before what Maintain has said last: of workers.
  std::function<void()> on_due = {};
  // Cancelling this job was requested, which is running.
  std::function<void(std::string_view job_id)> on_cancel = {};
  // This job has finished. An empty id: any may have.
  std::function<void(std::string_view job_id)> on_finished = {};
};

// Listens as long as it lives. The destructor returns when no event is being told any more.
class JobListener {
 public:
  virtual ~JobListener() = default;
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // ---- Clients ----

  // All or nothing, in one round trip. Of several with one unique key the first is new. The
  // answers are in the order of the submissions. kInvalidArgument: see CheckSubmission.
  // kFailedPrecondition where a queue is draining.
  virtual absl::StatusOr<std::vector<SubmittedJob>> Submit(
      std::span<const JobSubmission> submissions) = 0;

  // The same in a transaction of the caller's: the jobs are there when it is committed.
  // kUnimplemented where the store is no database.
  virtual absl::StatusOr<std::vector<SubmittedJob>> SubmitIn(
      pqxx::transaction_base& transaction, std::span<const JobSubmission> submissions);

  // kNotFound where there is no such job (any more).
  virtual absl::StatusOr<JobContents> Get(const std::string& job_id) = 0;

  // The newest first, by their ids, from the one after `after_job_id` (empty: from the newest).
  virtual absl::StatusOr<std::vector<JobRecord>> List(const JobFilter& filter,
                                                      const std::string& after_job_id,
                                                      int limit) = 0;

  // Cancels a job: at once where it waits, by a request to its worker where it runs. Returns the
  // state that it is in then. Nothing happens to one that has finished. kNotFound.
  virtual absl::StatusOr<JobState> Cancel(const std::string& job_id) = 0;

  // Queues a failed or cancelled job again, with all its attempts before it; makes a scheduled one
  // due at once. kFailedPrecondition for others; kAlreadyExists where another job has its unique
  // key. kNotFound.
  virtual absl::Status Retry(const std::string& job_id) = 0;

  // Changes a job that waits. kFailedPrecondition where it runs or has finished. kNotFound.
  virtual absl::Status Change(const std::string& job_id, const JobChange& change) = 0;

  // ---- Workers ----

  // Jobs of the queues that are not paused, in the order of each queue's ranks. Jobs that are due
  // are promoted before.
  virtual absl::StatusOr<std::vector<ClaimedJob>> Claim(const ClaimRequest& request) = 0;

  // What has become of running jobs; all that are the owner's under their terms. Returns the ids of
  // the others, about which nothing was written. Committed durably where one has succeeded, failed
  // or was cancelled.
  virtual absl::StatusOr<std::vector<std::string>> Finish(const std::string& owner_id,
                                                          std::span<const JobEnd> ends) = 0;

  // Notes that suspects are about to run. Returns the ids of those that are not the owner's any
  // more.
  virtual absl::StatusOr<std::vector<std::string>> MarkStarted(
      const std::string& owner_id, std::span<const RunningJob> jobs) = 0;

  // Running jobs of the owner whose cancellation was requested.
  virtual absl::StatusOr<std::vector<std::string>> CancelRequests(const std::string& owner_id) = 0;

  // How many jobs of each queue the owner may run at once, in the order of the demands;
  // kNoPermitLimit where the queue has no limit. What all owners have of a queue is never more than
  // its limit: where more is wanted, all get the same, as far as others give back what they have.
  // An owner's permits are those of its last call, until it dies; while it calls it must not begin
  // to use more than it says.
  virtual absl::StatusOr<std::vector<int>> LeasePermits(const std::string& owner_id,
                                                        std::span<const PermitDemand> demands) = 0;

  // The owner works: what is said of it, host and process left aside, which its owner has.
  virtual absl::Status PublishWorker(const WorkerRecord& worker) = 0;
  virtual absl::Status PublishGraph(const PublishedGraph& graph) = 0;
  // The owner has no jobs and claims no others, so that nobody need look for them once it is dead:
  // that may be work, where millions of jobs wait.
  virtual absl::Status RetireOwner(const std::string& owner_id) = 0;

  // One round of what somebody has to do for everybody: promotes what is due, gives jobs of dead
  // owners back, adds up counters, makes and drops what is kept by time. Any process may call it at
  // any time.
  virtual absl::StatusOr<MaintainResult> Maintain(const MaintainOptions& options) = 0;
  // What Maintain would say of it, without the rest.
  virtual absl::StatusOr<NextDue> FindNextDue() = 0;

  // ---- Both ----

  // Empty: for clients.
  virtual absl::StatusOr<std::unique_ptr<JobListener>> Listen(const std::string& owner_id,
                                                              JobEvents events) = 0;

  // By name.
  virtual absl::StatusOr<std::vector<QueueRecord>> Queues() = 0;
  // Makes the queue where it is not there.
  virtual absl::Status Configure(const std::string& queue, const QueueSettings& settings) = 0;
  // The newest first; those that are dead too, as long as their owners are known.
  virtual absl::StatusOr<std::vector<WorkerRecord>> Workers() = 0;
  // The last published of each name, by name.
  virtual absl::StatusOr<std::vector<PublishedGraph>> Graphs() = 0;
};

}  // namespace protograph

#endif  // PROTOGRAPH_STORE_JOB_STORE_H_
