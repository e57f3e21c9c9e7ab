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
      changed_.wait(lock);
      continue;
    }
    const auto [deadline, socket] = *guarded_.begin();
    if (std::chrono::steady_clock::now() < deadline) {
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
  bool is_first;
  {
    const std::lock_guard<std::mutex> lock(watchdog_.mutex_);
    std::set<std::pair<Time, int>>& guarded = watchdog_.guarded_;
    guarded.insert(entry_);
    is_first = *guarded.begin() == entry_;
  }
  // The thread sleeps until the first deadline it saw, and is woken only for an earlier one.
  if (is_first) watchdog_.changed_.notify_one();
}

Watchdog::Guard::~Guard() {
  const std::lock_guard<std::mutex> lock(watchdog_.mutex_);
  watchdog_.guarded_.erase(entry_);
}

}  // namespace protograph::internal
