#include "jobs/completer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/time/clock.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

constexpr size_t kMostInOneStatement = 2000;
// What may wait before those that run jobs have to.
constexpr size_t kMostPending = 50'000;
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(50);
constexpr absl::Duration kLongestBackoff = absl::Seconds(2);
constexpr absl::Duration kFlushTimeout = absl::Seconds(10);

bool LeavesCheckpoints(const EndedJob& job) {
  return job.ctx != nullptr &&
         (job.end.outcome == JobOutcome::kRetry || job.end.outcome == JobOutcome::kSnooze ||
          job.end.outcome == JobOutcome::kGiveBack || !job.fan_outs.empty());
}

}  // namespace

Completer::Completer(Engine& engine, JobStore& jobs, ItemStore* items, Logger& logger,
                     WorkerCounters& counters)
    : engine_(engine),
      jobs_(jobs),
      items_(items, logger),
      logger_(logger),
      counters_(counters),
      backoff_(kFirstBackoff),
      thread_("ptg-completer", [this] { return Turn(); }) {}

absl::Status Completer::Start() { return thread_.Start(absl::InfiniteDuration()); }

void Completer::Add(EndedJob job) {
  bool was_empty = false;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return pending_.size() < kMostPending || is_given_up_; });
    was_empty = pending_.empty();
    pending_.push_back(std::move(job));
    ++added_;
  }
  if (was_empty) thread_.Wake();
}

void Completer::Add(std::vector<EndedJob> jobs) {
  if (jobs.empty()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    added_ += jobs.size();
    std::move(jobs.begin(), jobs.end(), std::back_inserter(pending_));
  }
  thread_.Wake();
}

void Completer::AwaitTold() {
  std::unique_lock<std::mutex> lock(mutex_);
  const uint64_t all = added_;
  changed_.wait(lock, [&] { return told_ >= all || is_given_up_; });
}

size_t Completer::Stop(absl::Duration timeout) {
  size_t left = 0;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                      [this] { return pending_.empty() && in_flight_ == 0; });
    left = pending_.size() + in_flight_;
    is_given_up_ = true;
  }
  changed_.notify_all();
  thread_.Stop();
  return left;
}

absl::Duration Completer::Turn() {
  std::vector<EndedJob> batch;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // One owner at a time: it changes only where this process was taken for dead.
    const auto end = std::find_if(pending_.begin(), pending_.end(), [&](const EndedJob& job) {
      return job.owner_id != pending_.front().owner_id;
    });
    const auto count =
        std::min(end - pending_.begin(), static_cast<std::ptrdiff_t>(kMostInOneStatement));
    batch.assign(std::make_move_iterator(pending_.begin()),
                 std::make_move_iterator(pending_.begin() + count));
    pending_.erase(pending_.begin(), pending_.begin() + count);
    in_flight_ = batch.size();
  }
  if (batch.empty()) return absl::InfiniteDuration();
  const std::string owner_id = batch.front().owner_id;
  bool is_told = Tell(owner_id, batch);
  // To the end, so that they hold up nothing else.
  const auto held_up = std::stable_partition(
      batch.begin(), batch.end(), [&](const EndedJob& job) { return is_told && !job.is_held_up; });
  bool is_empty = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    told_ += static_cast<uint64_t>(held_up - batch.begin());
    if (!is_given_up_) {
      pending_.insert(is_told ? pending_.end() : pending_.begin(), std::make_move_iterator(held_up),
                      std::make_move_iterator(batch.end()));
    }
    is_told &= held_up == batch.end();
    in_flight_ = 0;
    is_empty = pending_.empty();
  }
  changed_.notify_all();
  // Contexts end here: their ends are committed.
  batch.clear();
  if (is_told) {
    backoff_ = kFirstBackoff;
    return is_empty ? absl::InfiniteDuration() : absl::ZeroDuration();
  }
  return std::exchange(backoff_, std::min(2 * backoff_, kLongestBackoff));
}

bool Completer::Tell(const std::string& owner_id, std::vector<EndedJob>& batch) {
  // Who takes such a job up must find what it has made.
  if (std::any_of(batch.begin(), batch.end(), LeavesCheckpoints)) {
    engine_.Flush(kFlushTimeout).IgnoreError();
  }
  items_.TellBefore(owner_id, batch);
  if (!TellEnds(owner_id, batch)) return false;
  items_.TellAfter(batch);
  return true;
}

bool Completer::TellEnds(const std::string& owner_id, std::vector<EndedJob>& batch) {
  std::vector<EndedJob*> ended;
  std::vector<JobEnd> ends;
  ends.reserve(batch.size());
  for (EndedJob& job : batch) {
    if (job.waits || job.is_held_up) continue;
    ended.push_back(&job);
    ends.push_back(std::move(job.end));
  }
  if (ends.empty()) return true;
  absl::StatusOr<std::vector<std::string>> refused = jobs_.Finish(owner_id, ends);
  for (size_t i = 0; i < ends.size(); ++i) ended[i]->end = std::move(ends[i]);
  if (refused.ok()) {
    Count(ended, *refused);
    return true;
  }
  logger_.Log(LogLevel::kWarning,
              fmt::format("{} jobs have ended and the store does not take it: {}", ended.size(),
                          std::string(refused.status().message())));
  if (absl::IsUnavailable(refused.status())) return false;

  // One of them is what the store does not take: the others must not suffer.
  std::vector<std::string> all_refused;
  for (EndedJob* job : ended) {
    refused = jobs_.Finish(owner_id, std::span<const JobEnd>(&job->end, 1));
    if (!refused.ok() && !absl::IsUnavailable(refused.status())) {
      logger_.Log(LogLevel::kError,
                  fmt::format("job {} fails, as the store does not take its end: {}",
                              job->end.job_id, std::string(refused.status().message())));
      job->end = {.job_id = job->end.job_id,
                  .term = job->end.term,
                  .outcome = JobOutcome::kFailed,
                  .error_code = static_cast<int>(refused.status().code()),
                  .error = fmt::format("the store did not take the job's end: {}",
                                       std::string(refused.status().message()))};
      refused = jobs_.Finish(owner_id, std::span<const JobEnd>(&job->end, 1));
    }
    if (absl::IsUnavailable(refused.status())) return false;
    if (refused.ok()) all_refused.insert(all_refused.end(), refused->begin(), refused->end());
  }
  Count(ended, all_refused);
  return true;
}

void Completer::Count(const std::vector<EndedJob*>& ended,
                      const std::vector<std::string>& refused) {
  const absl::flat_hash_set<std::string_view> refused_ids(refused.begin(), refused.end());
  for (EndedJob* job : ended) {
    const auto counter = [&]() -> std::atomic<int64_t>& {
      job->is_refused = !refused_ids.empty() && refused_ids.contains(job->end.job_id);
      if (job->is_refused) return counters_.refused;
      switch (job->end.outcome) {
        case JobOutcome::kSucceeded:
          return counters_.succeeded;
        case JobOutcome::kFailed:
          return counters_.failed;
        case JobOutcome::kRetry:
        case JobOutcome::kSnooze:
          return counters_.retried;
        case JobOutcome::kCancelled:
          return counters_.cancelled;
        case JobOutcome::kGiveBack:
          break;
      }
      return counters_.given_back;
    };
    counter().fetch_add(1, std::memory_order_relaxed);
  }
  for (const std::string& id : refused) {
    logger_.Log(LogLevel::kWarning,
                fmt::format("job {} was not this worker's any more when it ended here: the worker "
                            "was taken for dead, and another one does the job",
                            id));
  }
}

}  // namespace protograph::internal
