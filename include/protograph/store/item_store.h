#ifndef PROTOGRAPH_STORE_ITEM_STORE_H_
#define PROTOGRAPH_STORE_ITEM_STORE_H_

// ItemStore: the part of a store that keeps what a job has handed over to others, as jobs of their
// own: batches of the items of a collection (see ItemPlace in step_options.h). Store::items() has
// it; whoever has it keeps jobs too. Worker (protograph/jobs) calls it, and Client for what people
// see of it.
//
// A job that has handed items over (HandOver) waits for them and belongs to nobody meanwhile: its
// state is still kRunning. Its batches are jobs (its children) of the same queue, graph, priority,
// tags, metadata and concurrency key, with as many attempts and the same waits between them, in its
// place in the queue's order. What a batch has made is stored with the batch and not as the job's
// result, and is there as long as the parent may need it: until it has succeeded, or is removed.
// Once no batch is open any more the parent is queued again, by Resume, in the attempt in which it
// was; Maintain finds those that nobody has resumed, and those whose attempt's time is over.
//
// Cancelling a parent cancels its open batches in the same step; one that waits is cancelled itself
// at once. Where a parent has ended otherwise Maintain cancels what is open still.
//
// Times are by the store's clock. Thread safe. Errors as those of JobStore.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protograph/exec_ctx.h"
#include "protograph/store/job_store.h"

namespace protograph {

// What a parent hands over: some items of one step, or of several that follow each other.
struct ItemBatch {
  // A UUID, new for each batch: the child's.
  std::string job_id;
  // A serialized protograph.JobInputs.
  std::string inputs;
  int64_t items = 0;
};

// All items that a parent hands over at one place: a fan-out. It may take several calls, as what a
// call may have is limited.
struct FanOut {
  RunningJob parent = {};
  // Which of the parent's collections, and with which shared inputs: 32 hexadecimal digits.
  std::string key = {};
  // The first step of the items, for people.
  std::string step = {};
  // What the children make, as for JobSubmission::output_type: for people.
  std::string output_type = {};
  // Which attempt of the parent hands over.
  int attempt = 1;
  // What is left to the parent's attempt; infinite: no limit.
  absl::Duration timeout = absl::InfiniteDuration();
  // What all children need: whatever the worker puts there. Of the last call.
  std::string shared_inputs = {};
  // In the order of their ids. May be empty: then the parent waits for those that are open.
  std::vector<ItemBatch> batches = {};
  // With the last call the parent begins to wait. Until then it is running, and its batches may be.
  bool is_last = true;
};

// What is known of a fan-out.
struct FanOutRecord {
  // The attempt of the parent that has handed it over, wholly; 0 where none has, or none since
  // JobStore::Retry, which begins the attempts anew.
  int attempt = 0;
  // What is left to that attempt; negative where its time is over, infinite where it has no limit.
  absl::Duration timeout = absl::InfiniteDuration();
  std::string shared_inputs;
};

struct ItemBatchRecord {
  std::string job_id;
  // Of the parent, when it was handed over; 0 where that was before JobStore::Retry.
  int attempt = 1;
  int64_t items = 0;
  // Its job has not ended, and is not to be cancelled: nobody waits for one that is.
  bool is_open = true;
  // As they were stored; empty where nothing was, or not yet.
  std::string results;
  // Why its job has not succeeded: of kFailed and kCancelled, the latter always as kCancelled.
  int error_code = 0;
  std::string error;
};

// What a child has made of its items.
struct ItemBatchResult {
  RunningJob child = {};
  // Items that are over, those that failed among them.
  int64_t done = 0;
  int64_t failed = 0;
  // Whatever the worker puts there; at most kLargestPayload.
  std::string results = {};
};

struct ParentToResume {
  std::string job_id = {};
  // Though batches are still open: as where one has failed and the others are in vain. A parent
  // that has not said the last of its fan-out yet does not wait for them then.
  bool at_once = false;
  // Of at_once: the term under which the parent has handed over; where it has done so under another
  // one since, it is left alone.
  int64_t term = 0;
};

struct BatchesToCancel {
  std::string parent_id = {};
  // Those that were handed over under this term of the parent, or an earlier one.
  int64_t up_to_term = std::numeric_limits<int64_t>::max();
};

// How far the steps of a running job are.
struct JobProgress {
  std::string job_id;
  std::vector<StepProgress> steps;
};

class ItemStore {
 public:
  virtual ~ItemStore() = default;

  // ---- Of parents ----

  // All or nothing. kAborted where the job is not the owner's under its term; kCancelled where its
  // cancellation was requested: then nothing was handed over. Repeating a call with batches that
  // are there does nothing, also where the parent waits since the first. Queues that are draining
  // take children in. kInvalidArgument for what no store accepts.
  virtual absl::Status HandOver(const std::string& owner_id, const FanOut& fan_out) = 0;

  // Not found: attempt is 0.
  virtual absl::StatusOr<FanOutRecord> Find(const std::string& parent_id,
                                            const std::string& key) = 0;
  // What is left to an attempt of the parent that has handed over anything: of the last such call.
  // Infinite where there is none, or none since JobStore::Retry.
  virtual absl::StatusOr<absl::Duration> TimeLeft(const std::string& parent_id, int attempt) = 0;

  // In the order of their ids, from the one after `after_job_id` (empty: from the first).
  virtual absl::StatusOr<std::vector<ItemBatchRecord>> Batches(const std::string& parent_id,
                                                               const std::string& key,
                                                               const std::string& after_job_id,
                                                               int limit) = 0;

  // Cancels open batches of these parents.
  virtual absl::Status CancelBatches(std::span<const BatchesToCancel> batches) = 0;

  // ---- Of children ----

  // Before the children's ends are told. What is not the owner's under its term is left alone.
  virtual absl::Status StoreResults(const std::string& owner_id,
                                    std::span<const ItemBatchResult> results) = 0;

  // After the children's ends were told. Batches whose results are stored do not count as open.
  // Parents that do not wait are left alone.
  virtual absl::Status Resume(std::span<const ParentToResume> parents) = 0;

  // ---- What people see ----

  // Takes the place of what was said before of those of these jobs that run for the owner; others
  // are left alone. Need not survive a crash of the store.
  virtual absl::Status PublishProgress(const std::string& owner_id,
                                       std::span<const JobProgress> jobs) = 0;

  // What was published of the job last, while it runs, and of its fan-outs what their batches say:
  // one line a step, the batches' where both have one; of several fan-outs of a step the last.
  // Batches say what is stored with their results and, while they run, what was published of them:
  // their other items run. The items of one that has ended without results have failed. Empty where
  // nothing is known.
  virtual absl::StatusOr<std::vector<StepProgress>> Progress(const std::string& job_id) = 0;
};

}  // namespace protograph

#endif  // PROTOGRAPH_STORE_ITEM_STORE_H_
