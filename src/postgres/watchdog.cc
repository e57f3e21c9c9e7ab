#include "postgres/watchdog.h"

#include <pthread.h>
#include <sys/socket.h>

#include <string>
#include <system_error>

namespace protograph::internal {

Watchdog::~Watchdog() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::Status Watchdog::Start() {
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        std::string("the system gives no thread for PostgresStore's watchdog: ") + error.what());
  }
  return absl::OkStatus();
}

void Watchdog::Run() {
  pthread_setname_np(pthread_self(), "pg-watchdog");
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (guarded_.empty()) {
      sleeps_until_ = Time::max();
      changed_.wait(lock);
      continue;
    }
    const auto [deadline, socket] = *guarded_.begin();
    if (std::chrono::steady_clock::now() < deadline) {
      sleeps_until_ = deadline;
      changed_.wait_until(lock, deadline);
      continue;
    }
    // Whoever reads or writes on the socket, or polls it, sees its end.
    shutdown(socket, SHUT_RDWR);
    guarded_.erase(guarded_.begin());
  }
}

Watchdog::Guard::Guard(Watchdog& watchdog, int socket, Time deadline)
    : watchdog_(watchdog), entry_(deadline, socket) {
  bool is_earlier;
  {
    const std::lock_guard<std::mutex> lock(watchdog_.mutex_);
    watchdog_.guarded_.insert(entry_);
    is_earlier = deadline < watchdog_.sleeps_until_;
  }
  // The thread sleeps on until the deadline of a call that is over, so that calls one after the
  // other do not wake it.
  if (is_earlier) watchdog_.changed_.notify_one();
}

Watchdog::Guard::~Guard() {
  const std::lock_guard<std::mutex> lock(watchdog_.mutex_);
  watchdog_.guarded_.erase(entry_);
}

}  // namespace protograph::internal
