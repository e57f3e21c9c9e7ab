#include "store/memory_job_events.h"

#include <cstddef>
#include <iterator>

namespace protograph::internal {
namespace {

// Where more jobs have finished before they were told, "any may have" is told instead.
constexpr size_t kMostFinished = 1000;

}  // namespace

class MemoryJobEvents::Listener final : public JobListener {
 public:
  Listener(std::shared_ptr<MemoryJobEvents> events, int64_t number)
      : events_(std::move(events)), number_(number) {}
  ~Listener() override { events_->Unsubscribe(number_); }

 private:
  const std::shared_ptr<MemoryJobEvents> events_;
  const int64_t number_;
};

MemoryJobEvents::MemoryJobEvents() : thread_("ptg-job-events", [this] { return TellPending(); }) {}

absl::StatusOr<std::unique_ptr<JobListener>> MemoryJobEvents::Listen(const std::string& owner_id,
                                                                     JobEvents events) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!is_started_) {
    if (absl::Status status = thread_.Start(absl::InfiniteDuration()); !status.ok()) return status;
    is_started_ = true;
  }
  subscribers_.emplace(++last_number_,
                       std::make_shared<const Subscriber>(Subscriber{owner_id, std::move(events)}));
  return std::make_unique<Listener>(shared_from_this(), last_number_);
}

void MemoryJobEvents::Unsubscribe(int64_t number) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    subscribers_.erase(number);
  }
  // A round that had begun may tell it still: until this is free.
  const std::lock_guard<std::mutex> lock(telling_);
}

void MemoryJobEvents::Sleep(const std::string& owner_id, std::span<const QueueDemand> queues) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const QueueDemand& demand : queues) sleepers_[demand.queue].insert(owner_id);
}

void MemoryJobEvents::Awake(const std::string& owner_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto it = sleepers_.begin(); it != sleepers_.end();) {
    it->second.erase(owner_id);
    it = it->second.empty() ? sleepers_.erase(it) : std::next(it);
  }
}

void MemoryJobEvents::NoteWork(const std::string& queue) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto sleepers = sleepers_.find(queue);
  if (sleepers == sleepers_.end() || subscribers_.empty()) return;
  pending_.owners_with_work.insert(sleepers->second.begin(), sleepers->second.end());
  thread_.Wake();
}

void MemoryJobEvents::NoteDue() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (subscribers_.empty()) return;
  pending_.is_due = true;
  thread_.Wake();
}

void MemoryJobEvents::NoteCancel(const std::string& owner_id, const std::string& job_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (subscribers_.empty()) return;
  pending_.cancels.emplace(owner_id, job_id);
  thread_.Wake();
}

void MemoryJobEvents::NoteFinished(const std::string& job_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (subscribers_.empty() || pending_.finished.contains("")) return;
  if (pending_.finished.size() == kMostFinished) {
    pending_.finished = {""};
  } else {
    pending_.finished.insert(job_id);
  }
  thread_.Wake();
}

absl::Duration MemoryJobEvents::TellPending() {
  const std::lock_guard<std::mutex> telling(telling_);
  Pending pending;
  std::vector<std::shared_ptr<const Subscriber>> subscribers;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending = std::exchange(pending_, {});
    for (const auto& [number, subscriber] : subscribers_) subscribers.push_back(subscriber);
  }
  for (const std::shared_ptr<const Subscriber>& subscriber : subscribers) {
    Tell(pending, *subscriber);
  }
  return absl::InfiniteDuration();
}

void MemoryJobEvents::Tell(const Pending& pending, const Subscriber& subscriber) {
  const JobEvents& events = subscriber.events;
  if (events.on_work && pending.owners_with_work.contains(subscriber.owner_id)) events.on_work();
  if (events.on_due && pending.is_due && !subscriber.owner_id.empty()) events.on_due();
  if (events.on_cancel) {
    for (const auto& [owner_id, job_id] : pending.cancels) {
      if (owner_id == subscriber.owner_id) events.on_cancel(job_id);
    }
  }
  if (events.on_finished) {
    for (const std::string& job_id : pending.finished) events.on_finished(job_id);
  }
}

}  // namespace protograph::internal
