#include "jobs/job_buffer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace protograph::internal {

JobBuffer::JobBuffer(const std::vector<WeightedQueue>& queues) {
  for (const WeightedQueue& queue : queues) {
    queues_.emplace_back().stride = 1.0 / std::max(queue.weight, 1);
  }
}

void JobBuffer::Add(std::vector<FetchedJob> jobs) {
  if (jobs.empty()) return;
  const size_t count = jobs.size();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (FetchedJob& job : jobs) {
      Queue& queue = queues_[job.queue];
      // One that had nothing to run has saved nothing up.
      if (queue.jobs.empty()) queue.pass = std::max(queue.pass, virtual_time_);
      queue.jobs.push_back(std::move(job));
      ++waiting_;
    }
  }
  if (count == 1) {
    jobs_changed_.notify_one();
  } else {
    jobs_changed_.notify_all();
  }
}

std::deque<FetchedJob>::iterator JobBuffer::NextLocked(Queue& queue) {
  if (!is_one_alone_) return queue.jobs.begin();
  return std::find_if_not(queue.jobs.begin(), queue.jobs.end(), RunsAlone);
}

JobBuffer::Queue* JobBuffer::NextLocked() {
  Queue* next = nullptr;
  for (Queue& queue : queues_) {
    if (!queue.HasPermit() || NextLocked(queue) == queue.jobs.end()) continue;
    if (next == nullptr || queue.pass < next->pass) next = &queue;
  }
  return next;
}

std::optional<FetchedJob> JobBuffer::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  Queue* queue = nullptr;
  while (!is_closed_ && (queue = NextLocked()) == nullptr) {
    ++idle_;
    room_changed_.notify_all();
    jobs_changed_.wait(lock);
    --idle_;
  }
  if (is_closed_) return std::nullopt;
  const auto next = NextLocked(*queue);
  std::optional<FetchedJob> job(std::move(*next));
  queue->jobs.erase(next);
  is_one_alone_ |= RunsAlone(*job);
  virtual_time_ = queue->pass;
  queue->pass += queue->stride;
  ++queue->running;
  ++running_;
  --waiting_;
  if (HasRoomLocked()) room_changed_.notify_all();
  return job;
}

void JobBuffer::Done(size_t queue, bool ran_alone) {
  bool frees = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ran_alone) is_one_alone_ = false;
    // A thread may wait for this permit.
    frees = queues_[queue].permits != kNoPermitLimit && idle_ > 0 && !queues_[queue].jobs.empty();
    --queues_[queue].running;
    --running_;
  }
  if (ran_alone) {
    jobs_changed_.notify_all();
  } else if (frees) {
    jobs_changed_.notify_one();
  }
}

std::vector<FetchedJob> JobBuffer::Close() {
  std::vector<FetchedJob> left;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_closed_ = true;
    for (Queue& queue : queues_) {
      std::move(queue.jobs.begin(), queue.jobs.end(), std::back_inserter(left));
      queue.jobs.clear();
    }
    waiting_ = 0;
  }
  jobs_changed_.notify_all();
  room_changed_.notify_all();
  return left;
}

std::vector<FetchedJob> JobBuffer::TakeOlderThan(Clock::duration age) {
  const Clock::time_point limit = Clock::now() - age;
  std::vector<FetchedJob> old;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Queue& queue : queues_) {
    while (!queue.jobs.empty() && queue.jobs.front().fetched_at < limit) {
      old.push_back(std::move(queue.jobs.front()));
      queue.jobs.pop_front();
      --waiting_;
    }
  }
  return old;
}

std::optional<FetchedJob> JobBuffer::Remove(std::string_view job_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Queue& queue : queues_) {
    const auto found =
        std::find_if(queue.jobs.begin(), queue.jobs.end(),
                     [&](const FetchedJob& fetched) { return fetched.job.job_id == job_id; });
    if (found == queue.jobs.end()) continue;
    std::optional<FetchedJob> job(std::move(*found));
    queue.jobs.erase(found);
    --waiting_;
    return job;
  }
  return std::nullopt;
}

void JobBuffer::SetPermits(const std::vector<int>& permits) {
  bool wakes = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < queues_.size(); ++i) {
      // Jobs of a queue are fetched only where there is a permit.
      wakes |= queues_[i].permits == 0 && permits[i] > 0;
      queues_[i].permits = permits[i];
      queues_[i].usable = permits[i];
    }
  }
  jobs_changed_.notify_all();
  if (wakes) Wake();
}

std::vector<JobBuffer::QueueCounts> JobBuffer::HoldPermits() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Queue& queue : queues_) {
    if (queue.permits != kNoPermitLimit) queue.usable = std::min(queue.usable, queue.running);
  }
  return CountsLocked();
}

bool JobBuffer::is_held_up() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return idle_ > 0 && std::any_of(queues_.begin(), queues_.end(), [](const Queue& queue) {
           return !queue.jobs.empty() && !queue.HasPermit();
         });
}

std::vector<JobBuffer::QueueCounts> JobBuffer::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return CountsLocked();
}

std::vector<JobBuffer::QueueCounts> JobBuffer::CountsLocked() const {
  std::vector<QueueCounts> counts;
  counts.reserve(queues_.size());
  for (const Queue& queue : queues_) counts.push_back(queue.Counts());
  return counts;
}

int JobBuffer::ReadyLocked() const {
  int ready = 0;
  for (const Queue& queue : queues_) ready += queue.Counts().ready();
  return ready;
}

int JobBuffer::ready() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ReadyLocked();
}

bool JobBuffer::is_closed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return is_closed_;
}

int JobBuffer::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waiting_;
}

int JobBuffer::running() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return running_;
}

int JobBuffer::idle() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return idle_;
}

bool JobBuffer::WaitForRoom(int low_ready, int low_waiting, Clock::time_point until) {
  std::unique_lock<std::mutex> lock(mutex_);
  low_ready_ = low_ready;
  low_waiting_ = low_waiting;
  room_changed_.wait_until(lock, until,
                           [this] { return is_closed_ || is_woken_ || HasRoomLocked(); });
  return std::exchange(is_woken_, false);
}

void JobBuffer::Wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_woken_ = true;
  }
  room_changed_.notify_all();
}

}  // namespace protograph::internal
