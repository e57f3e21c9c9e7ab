#ifndef PROTOGRAPH_SRC_STORE_MEMORY_JOBS_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_JOBS_H_

// The jobs of a MemoryJobStore, their queues, and the orders in which they are found. Every change
// of a job's state is a member of MemoryJobs, which keeps all of these together.

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "protograph/exec_ctx.h"
#include "protograph/store/job_store.h"
#include "store/memory_items.h"
#include "store/memory_job_events.h"
#include "store/memory_schedules.h"

namespace protograph::internal {

struct MemoryQueue;

struct MemoryJob {
  JobSubmission submission;
  // The order of jobs of equal rank: those that began to wait first have the smaller ones. Children
  // have their parent's, until they wait by themselves.
  int64_t sequence = 0;
  MemoryQueue* queue = nullptr;
  JobState state = JobState::kScheduled;
  absl::Time submitted_at;
  absl::Time due_at;
  absl::Time rank;
  // Of kRunning and the final states: by whom, and since when. The term is 0 where a job waits, or
  // has ended while it waited. Of one that waits for its items the owner is empty.
  std::string owner_id;
  int64_t term = 0;
  absl::Time started_at;
  absl::Time finished_at;
  int attempt = 0;
  int crashes = 0;
  // Under which it was run, as far as is known.
  int64_t claims = 0;
  bool is_suspect = false;
  // Of kRunning: its owner has said so.
  bool is_started = false;
  bool cancel_requested = false;
  // Whether a slot of its concurrency key is needed to be handed out, and whether it has one.
  bool needs_slot = false;
  bool has_slot = false;
  int error_code = 0;
  std::string error;
  std::string failed_step;
  std::string result;
  // The number of the schedule that has made it; 0: none.
  int64_t schedule_id = 0;
  // Whose items it has; empty: nobody's.
  std::string parent_id;
  // Of kRunning: it has handed its items over, and belongs to nobody.
  bool waits_for_items = false;
  // Whether it has handed items over in the attempt that is counted, so that the next claim of it
  // begins none.
  bool is_in_attempt = false;
  // Of kRunning: it need not wait for what it has handed over under its term.
  bool is_decided = false;
  // What was published of it while it runs.
  std::vector<StepProgress> progress;

  const std::string& id() const { return submission.job_id; }
  void SetDue(absl::Time due);
  JobRecord ToRecord() const;
  // Why it has failed or was cancelled; leaves both alone where it has not.
  void SayWhyNot(int& why_code, std::string& why) const;
};

struct ByRank {
  bool operator()(const MemoryJob* one, const MemoryJob* other) const {
    return std::tie(one->rank, one->sequence, one->id()) <
           std::tie(other->rank, other->sequence, other->id());
  }
};
struct ByDueTime {
  bool operator()(const MemoryJob* one, const MemoryJob* other) const {
    return std::tie(one->due_at, one->sequence, one->id()) <
           std::tie(other->due_at, other->sequence, other->id());
  }
};
struct ByFinishTime {
  bool operator()(const MemoryJob* one, const MemoryJob* other) const {
    return std::tie(one->finished_at, one->sequence, one->id()) <
           std::tie(other->finished_at, other->sequence, other->id());
  }
};

struct MemoryQueue {
  // Name, settings and counters.
  QueueRecord record;
  // Queued jobs that may be handed out.
  std::set<MemoryJob*, ByRank> ready;
  // Of a concurrency key: how many jobs have a slot, and the queued ones that have none.
  struct Key {
    int admitted = 0;
    std::set<MemoryJob*, ByRank> blocked;
  };
  std::map<std::string, Key> keys;
};

// Not thread safe. Pointers to jobs are good until they are removed, those to queues for ever.
class MemoryJobs {
 public:
  // All must outlive it.
  MemoryJobs(MemoryJobEvents& events, MemorySchedules& schedules, MemoryItems& items)
      : events_(events), schedules_(schedules), items_(items) {}
  MemoryJobs(const MemoryJobs&) = delete;
  MemoryJobs& operator=(const MemoryJobs&) = delete;

  // Null where there is none.
  MemoryJob* Find(const std::string& job_id);
  // The job, where it is the owner's under this term; else null.
  MemoryJob* FindRunning(const std::string& owner_id, const std::string& job_id, int64_t term);
  MemoryQueue* FindQueue(const std::string& queue);
  // Makes it where it is not there.
  MemoryQueue& QueueOf(const std::string& queue);
  // The job that has the unique key now; null where none has.
  MemoryJob* HolderOf(const std::string& queue, const std::string& unique_key, absl::Time now);

  // A new job, whose id and unique key no other one has.
  MemoryJob& Add(const JobSubmission& submission, absl::Time now);
  // The same in the place of its parent.
  void AddChild(const JobSubmission& submission, const MemoryJob& parent, absl::Time now);
  // Any job, from now on: scheduled, or queued where that time has come.
  void Wait(MemoryJob& job, absl::Time due, absl::Time now);
  // One that is scheduled or runs: queued, as it was ranked.
  void Queue(MemoryJob& job, absl::Time now);
  // One that may be handed out: running.
  void Start(MemoryJob& job, const std::string& owner_id, int64_t term, absl::Time now);
  // One that an owner has: running, and nobody's, until it is resumed or cancelled.
  void WaitForItems(MemoryJob& job);
  // One that waits for its items: queued, as it was ranked.
  void Resume(MemoryJob& job);
  // Whether one that waits for its items has to.
  bool HasOpenBatches(const std::string& parent_id);
  // Those that have not ended. Returns whether there was one that nobody had cancelled yet.
  bool CancelBatches(const BatchesToCancel& batches, absl::Time now);
  // Cancels one that waits, and asks the owner of one that runs; its batches too. Returns the state
  // then.
  JobState Cancel(MemoryJob& job, absl::Time now);
  // One that is not finished.
  void Finish(MemoryJob& job, JobState state, absl::Time now);
  // One that is.
  void Remove(MemoryJob& job);
  // Lets as many jobs of each key go as the queue's limit says now.
  void AdmitAll(MemoryQueue& queue);

  const std::map<std::string, MemoryJob>& by_id() const { return by_id_; }
  const std::map<std::string, MemoryQueue>& queues() const { return queues_; }
  const std::set<MemoryJob*, ByDueTime>& scheduled() const { return scheduled_; }
  const std::set<MemoryJob*, ByFinishTime>& failed() const { return failed_; }
  // Succeeded or cancelled.
  const std::set<MemoryJob*, ByFinishTime>& done() const { return done_; }
  // By owner, only those that have some.
  const std::map<std::string, std::set<MemoryJob*, ByRank>>& running() const { return running_; }
  // Those that wait for their items.
  const std::set<MemoryJob*, ByRank>& parents() const { return parents_; }

 private:
  struct UniqueHolder {
    MemoryJob* job = nullptr;
    absl::Time until = absl::InfiniteFuture();
  };

  // A new one, which is in no state yet.
  MemoryJob& Make(const JobSubmission& submission, absl::Time now);
  // The jobs that have finished as a job in this state.
  std::set<MemoryJob*, ByFinishTime>& FinishedAs(JobState state);
  // Out of where jobs of its state are found.
  void Leave(MemoryJob& job);
  void EnterWait(MemoryJob& job, absl::Time due, absl::Time now);
  void EnterQueue(MemoryJob& job);
  void CancelOne(MemoryJob& job, absl::Time now);
  void MakeReady(MemoryJob& job);
  // Gives the free slots of a key to those that are blocked.
  void Admit(MemoryQueue& queue, const std::string& key);
  void ReleaseSlot(MemoryJob& job);
  // Unless another job has it.
  void TakeUniqueKey(MemoryJob& job, absl::Time now);
  void ReleaseUniqueKey(MemoryJob& job);

  MemoryJobEvents& events_;
  MemorySchedules& schedules_;
  MemoryItems& items_;
  int64_t last_sequence_ = 0;
  std::map<std::string, MemoryJob> by_id_;
  std::map<std::string, MemoryQueue> queues_;
  std::set<MemoryJob*, ByDueTime> scheduled_;
  std::set<MemoryJob*, ByFinishTime> failed_;
  std::set<MemoryJob*, ByFinishTime> done_;
  std::map<std::string, std::set<MemoryJob*, ByRank>> running_;
  std::set<MemoryJob*, ByRank> parents_;
  // By queue and unique key.
  std::map<std::pair<std::string, std::string>, UniqueHolder> unique_keys_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_JOBS_H_
