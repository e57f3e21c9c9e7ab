#include "store/memory_jobs.h"

#include <algorithm>
#include <vector>

namespace protograph::internal {

void MemoryJob::SetDue(absl::Time due) {
  due_at = due;
  rank = due - submission.priority * kPriorityStep;
}

JobRecord MemoryJob::ToRecord() const {
  JobRecord record = {.job_id = id(),
                      .queue = submission.queue,
                      .graph = submission.graph,
                      .output_type = submission.output_type,
                      .state = state,
                      .priority = submission.priority,
                      .attempt = attempt,
                      .max_attempts = submission.max_attempts,
                      .crashes = crashes,
                      .cancel_requested = cancel_requested,
                      .unique_key = submission.unique_key,
                      .concurrency_key = submission.concurrency_key,
                      .tags = submission.tags,
                      .metadata = submission.metadata.empty() ? "{}" : submission.metadata,
                      .submitted_at = submitted_at,
                      .run_at = std::nullopt,
                      .started_at = std::nullopt,
                      .finished_at = std::nullopt,
                      .owner_id = owner_id,
                      .error_code = error_code,
                      .error = error,
                      .failed_step = failed_step,
                      .parent_id = parent_id};
  if (state == JobState::kScheduled || state == JobState::kQueued) record.run_at = due_at;
  if (term != 0) record.started_at = started_at;
  if (IsFinal(state)) record.finished_at = finished_at;
  return record;
}

void MemoryJob::SayWhyNot(int& why_code, std::string& why) const {
  if (state != JobState::kFailed && state != JobState::kCancelled) return;
  // One that was cancelled while it waited may have the error of an attempt before.
  why_code =
      state == JobState::kCancelled ? static_cast<int>(absl::StatusCode::kCancelled) : error_code;
  why = error;
}

MemoryJob* MemoryJobs::Find(const std::string& job_id) {
  const auto found = by_id_.find(job_id);
  return found != by_id_.end() ? &found->second : nullptr;
}

MemoryJob* MemoryJobs::FindRunning(const std::string& owner_id, const std::string& job_id,
                                   int64_t term) {
  MemoryJob* job = Find(job_id);
  const bool is_theirs = job != nullptr && job->state == JobState::kRunning &&
                         !job->waits_for_items && job->owner_id == owner_id && job->term == term;
  return is_theirs ? job : nullptr;
}

MemoryQueue* MemoryJobs::FindQueue(const std::string& queue) {
  const auto found = queues_.find(queue);
  return found != queues_.end() ? &found->second : nullptr;
}

MemoryQueue& MemoryJobs::QueueOf(const std::string& queue) {
  const auto [made, is_new] = queues_.try_emplace(queue);
  if (is_new) made->second.record.queue = queue;
  return made->second;
}

MemoryJob* MemoryJobs::HolderOf(const std::string& queue, const std::string& unique_key,
                                absl::Time now) {
  const auto found = unique_keys_.find({queue, unique_key});
  if (found == unique_keys_.end() || found->second.until <= now) return nullptr;
  return found->second.job;
}

MemoryJob& MemoryJobs::Make(const JobSubmission& submission, absl::Time now) {
  MemoryJob& job = by_id_[submission.job_id];
  job.submission = submission;
  job.queue = &QueueOf(submission.queue);
  job.submitted_at = now;
  job.needs_slot = !submission.concurrency_key.empty() && job.queue->record.settings.key_limit > 0;
  return job;
}

void MemoryJobs::AddChild(const JobSubmission& submission, const MemoryJob& parent,
                          absl::Time now) {
  MemoryJob& job = Make(submission, now);
  job.parent_id = parent.id();
  job.due_at = parent.due_at;
  job.rank = parent.rank;
  job.sequence = parent.sequence;
  EnterQueue(job);
}

MemoryJob& MemoryJobs::Add(const JobSubmission& submission, absl::Time now) {
  MemoryJob& job = Make(submission, now);
  EnterWait(job, std::max({now, submission.run_at, now + submission.delay}), now);
  return job;
}

void MemoryJobs::Wait(MemoryJob& job, absl::Time due, absl::Time now) {
  Leave(job);
  EnterWait(job, due, now);
}

void MemoryJobs::EnterWait(MemoryJob& job, absl::Time due, absl::Time now) {
  job.SetDue(due);
  job.sequence = ++last_sequence_;
  TakeUniqueKey(job, now);
  if (due <= now) {
    EnterQueue(job);
    return;
  }
  job.owner_id.clear();
  job.term = 0;
  job.state = JobState::kScheduled;
  ++job.queue->record.scheduled;
  scheduled_.insert(&job);
  ReleaseSlot(job);
}

void MemoryJobs::Queue(MemoryJob& job, absl::Time now) {
  Leave(job);
  TakeUniqueKey(job, now);
  EnterQueue(job);
}

void MemoryJobs::EnterQueue(MemoryJob& job) {
  job.owner_id.clear();
  job.term = 0;
  job.state = JobState::kQueued;
  ++job.queue->record.queued;
  if (job.needs_slot && !job.has_slot) {
    const std::string& key = job.submission.concurrency_key;
    job.queue->keys[key].blocked.insert(&job);
    Admit(*job.queue, key);
  } else {
    MakeReady(job);
  }
}

void MemoryJobs::MakeReady(MemoryJob& job) {
  job.queue->ready.insert(&job);
  const QueueRecord& record = job.queue->record;
  if (record.settings.mode != QueueMode::kPaused) events_.NoteWork(record.queue);
}

void MemoryJobs::Start(MemoryJob& job, const std::string& owner_id, int64_t term, absl::Time now) {
  Leave(job);
  job.state = JobState::kRunning;
  job.owner_id = owner_id;
  job.term = term;
  job.started_at = now;
  job.is_started = false;
  job.is_decided = false;
  ++job.claims;
  if (!job.is_in_attempt) {
    ++job.attempt;
    job.progress.clear();
  }
  job.is_in_attempt = false;
  ++job.queue->record.running;
  running_[owner_id].insert(&job);
  if (job.submission.unique_among == UniqueAmong::kWaiting) ReleaseUniqueKey(job);
}

void MemoryJobs::WaitForItems(MemoryJob& job) {
  Leave(job);
  job.owner_id.clear();
  job.waits_for_items = true;
  job.is_in_attempt = true;
  ++job.queue->record.running;
  parents_.insert(&job);
  ReleaseSlot(job);
}

void MemoryJobs::Resume(MemoryJob& job) {
  Leave(job);
  EnterQueue(job);
}

bool MemoryJobs::HasOpenBatches(const std::string& parent_id) {
  for (const auto& [key, fan_out] : items_.FanOutsOf(parent_id)) {
    for (const auto& [job_id, batch] : fan_out.batches) {
      if (batch.has_results) continue;
      const MemoryJob* job = Find(job_id);
      if (job != nullptr && !IsFinal(job->state) && !job->cancel_requested) return true;
    }
  }
  return false;
}

bool MemoryJobs::CancelBatches(const BatchesToCancel& batches, absl::Time now) {
  bool has_cancelled = false;
  for (const std::string& job_id : items_.BatchesOf(batches.parent_id, batches.up_to_term)) {
    MemoryJob* job = Find(job_id);
    if (job == nullptr || IsFinal(job->state) || job->cancel_requested) continue;
    CancelOne(*job, now);
    has_cancelled = true;
  }
  return has_cancelled;
}

JobState MemoryJobs::Cancel(MemoryJob& job, absl::Time now) {
  if (IsFinal(job.state)) return job.state;
  CancelOne(job, now);
  CancelBatches({.parent_id = job.id()}, now);
  return job.state;
}

void MemoryJobs::CancelOne(MemoryJob& job, absl::Time now) {
  if (job.state == JobState::kRunning && !job.waits_for_items) {
    job.cancel_requested = true;
    events_.NoteCancel(job.owner_id, job.id());
  } else {
    Finish(job, JobState::kCancelled, now);
  }
}

void MemoryJobs::Finish(MemoryJob& job, JobState state, absl::Time now) {
  Leave(job);
  job.state = state;
  job.finished_at = now;
  QueueRecord& record = job.queue->record;
  if (state == JobState::kSucceeded) ++record.succeeded;
  if (state == JobState::kFailed) ++record.failed;
  if (state == JobState::kCancelled) ++record.cancelled;
  FinishedAs(state).insert(&job);
  ReleaseSlot(job);
  const auto key = unique_keys_.find({job.submission.queue, job.submission.unique_key});
  if (key != unique_keys_.end() && key->second.job == &job &&
      job.submission.unique_among == UniqueAmong::kFinished) {
    key->second.until = now + job.submission.unique_for;
  } else {
    ReleaseUniqueKey(job);
  }
  if (job.schedule_id != 0) schedules_.NoteEnd(job.schedule_id, state);
  events_.NoteFinished(job.id());
}

void MemoryJobs::Remove(MemoryJob& job) {
  Leave(job);
  ReleaseUniqueKey(job);
  items_.Forget(job.id());
  // What people are told of it is not over with it.
  if (MemoryBatch* batch = items_.FindBatch(job.id()); batch != nullptr) {
    job.SayWhyNot(batch->error_code, batch->error);
  }
  by_id_.erase(by_id_.find(job.id()));
}

std::set<MemoryJob*, ByFinishTime>& MemoryJobs::FinishedAs(JobState state) {
  return state == JobState::kFailed ? failed_ : done_;
}

void MemoryJobs::Leave(MemoryJob& job) {
  MemoryQueue& queue = *job.queue;
  switch (job.state) {
    case JobState::kScheduled:
      --queue.record.scheduled;
      scheduled_.erase(&job);
      return;
    case JobState::kQueued:
      --queue.record.queued;
      if (job.needs_slot && !job.has_slot) {
        queue.keys.at(job.submission.concurrency_key).blocked.erase(&job);
      } else {
        queue.ready.erase(&job);
      }
      return;
    case JobState::kRunning: {
      --queue.record.running;
      if (job.waits_for_items) {
        job.waits_for_items = false;
        parents_.erase(&job);
        return;
      }
      const auto of_owner = running_.find(job.owner_id);
      of_owner->second.erase(&job);
      if (of_owner->second.empty()) running_.erase(of_owner);
      return;
    }
    case JobState::kSucceeded:
    case JobState::kFailed:
    case JobState::kCancelled:
      FinishedAs(job.state).erase(&job);
      return;
  }
}

void MemoryJobs::AdmitAll(MemoryQueue& queue) {
  std::vector<std::string> keys;
  for (const auto& [key, jobs] : queue.keys) keys.push_back(key);
  for (const std::string& key : keys) Admit(queue, key);
}

void MemoryJobs::Admit(MemoryQueue& queue, const std::string& key) {
  const auto found = queue.keys.find(key);
  if (found == queue.keys.end()) return;
  MemoryQueue::Key& of_key = found->second;
  const int limit = queue.record.settings.key_limit;
  while (!of_key.blocked.empty() && (limit == 0 || of_key.admitted < limit)) {
    MemoryJob& job = **of_key.blocked.begin();
    of_key.blocked.erase(of_key.blocked.begin());
    ++of_key.admitted;
    job.has_slot = true;
    MakeReady(job);
  }
  if (of_key.admitted == 0 && of_key.blocked.empty()) queue.keys.erase(found);
}

void MemoryJobs::ReleaseSlot(MemoryJob& job) {
  if (!job.needs_slot) return;
  const std::string& key = job.submission.concurrency_key;
  if (job.has_slot) --job.queue->keys.at(key).admitted;
  job.has_slot = false;
  Admit(*job.queue, key);
}

void MemoryJobs::TakeUniqueKey(MemoryJob& job, absl::Time now) {
  const JobSubmission& submission = job.submission;
  if (submission.unique_key.empty()) return;
  const MemoryJob* holder = HolderOf(submission.queue, submission.unique_key, now);
  if (holder != nullptr && holder != &job) return;
  unique_keys_[{submission.queue, submission.unique_key}] = {&job, absl::InfiniteFuture()};
}

void MemoryJobs::ReleaseUniqueKey(MemoryJob& job) {
  const auto found = unique_keys_.find({job.submission.queue, job.submission.unique_key});
  if (found != unique_keys_.end() && found->second.job == &job) unique_keys_.erase(found);
}

}  // namespace protograph::internal
