#include "base/service_thread.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace protograph::internal {

ServiceThread::ServiceThread(std::string name, std::function<absl::Duration()> turn)
    : name_(std::move(name)), turn_(std::move(turn)) {}

ServiceThread::~ServiceThread() { Stop(); }

absl::Status ServiceThread::Start(absl::Duration delay) {
  try {
    thread_ = std::thread([this, delay] { Run(delay); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError("the system gives no thread for " + name_ + ": " +
                                        error.what());
  }
  return absl::OkStatus();
}

void ServiceThread::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ServiceThread::Wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

bool ServiceThread::is_stopping() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

void ServiceThread::Run(absl::Duration delay) {
  pthread_setname_np(pthread_self(), name_.c_str());
  while (true) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      // Waits beyond a day are as good as for ever, and do not overflow.
      changed_.wait_for(lock, absl::ToChronoNanoseconds(std::min(delay, absl::Hours(24))),
                        [this] { return stopping_ || woken_; });
      if (stopping_) return;
      woken_ = false;
    }
    delay = turn_();
  }
}

}  // namespace protograph::internal
