#ifndef PROTOGRAPH_SRC_BASE_SERVICE_THREAD_H_
#define PROTOGRAPH_SRC_BASE_SERVICE_THREAD_H_

// The thread of a background service: it calls a function again and again until it is stopped.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace protograph::internal {

class ServiceThread {
 public:
  // `turn` returns how long to wait before the next one; Wake cuts the wait short. The name, of at
  // most 15 characters, is the thread's.
  ServiceThread(std::string name, std::function<absl::Duration()> turn);
  // Stop().
  ~ServiceThread();
  ServiceThread(const ServiceThread&) = delete;
  ServiceThread& operator=(const ServiceThread&) = delete;

  // The first turn comes after `delay`. kResourceExhausted where the system gives no thread.
  absl::Status Start(absl::Duration delay);
  // Returns when no turn is running any more. Idempotent. Not from a turn.
  void Stop();
  // Thread safe.
  void Wake();
  // Whether Stop was called: for turns that take long.
  bool is_stopping() const;

 private:
  void Run(absl::Duration delay);

  const std::string name_;
  const std::function<absl::Duration()> turn_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool woken_ = false;
  std::thread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_SERVICE_THREAD_H_
