#ifndef PROTOGRAPH_SRC_STORE_MEMORY_JOB_EVENTS_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_JOB_EVENTS_H_

// Who listens to a MemoryJobStore, and who sleeps until there are jobs. Events are noted under the
// store's lock and told by a thread of their own, which is started with the first listener.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/service_thread.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// Thread safe. Listeners share it, as they may outlive the store.
class MemoryJobEvents : public std::enable_shared_from_this<MemoryJobEvents> {
 public:
  MemoryJobEvents();
  MemoryJobEvents(const MemoryJobEvents&) = delete;
  MemoryJobEvents& operator=(const MemoryJobEvents&) = delete;

  absl::StatusOr<std::unique_ptr<JobListener>> Listen(const std::string& owner_id,
                                                      JobEvents events);

  // From now on, until Awake, the owner is told where one of these queues has work.
  void Sleep(const std::string& owner_id, std::span<const QueueDemand> queues);
  void Awake(const std::string& owner_id);

  void NoteWork(const std::string& queue);
  void NoteDue();
  void NoteCancel(const std::string& owner_id, const std::string& job_id);
  void NoteFinished(const std::string& job_id);

 private:
  class Listener;
  struct Subscriber {
    std::string owner_id;
    JobEvents events;
  };
  // What has not been told yet; each once.
  struct Pending {
    std::set<std::string> owners_with_work;
    bool is_due = false;
    // Owner and job.
    std::set<std::pair<std::string, std::string>> cancels;
    std::set<std::string> finished;
  };

  absl::Duration TellPending();
  static void Tell(const Pending& pending, const Subscriber& subscriber);
  void Unsubscribe(int64_t number);

  std::mutex mutex_;
  // By a number, in the order of Listen.
  std::map<int64_t, std::shared_ptr<const Subscriber>> subscribers_;
  int64_t last_number_ = 0;
  bool is_started_ = false;
  Pending pending_;
  // By queue, who waits for it.
  std::map<std::string, std::set<std::string>> sleepers_;
  // Held while events are told. Not while `mutex_` is held, so that those who are told may call the
  // store.
  std::mutex telling_;
  ServiceThread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_JOB_EVENTS_H_
