#ifndef PROTOGRAPH_SRC_POSTGRES_WATCHDOG_H_
#define PROTOGRAPH_SRC_POSTGRES_WATCHDOG_H_

// Cuts connections whose server does not answer. libpq waits without end for the result of a
// statement: a server that is stopped, or a network that swallows everything, would hold a thread
// for ever.
//
//   const Watchdog::Guard guard(watchdog, socket, deadline);
//   ... a call of libpq, which fails soon after the deadline at the latest

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/status/status.h"

namespace protograph::internal {

class Watchdog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Watchdog() = default;
  // No guard may be alive.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // kResourceExhausted where the system gives no thread.
  absl::Status Start();

  class Guard {
   public:
    // The socket must stay open while the guard lives.
    Guard(Watchdog& watchdog, int socket, Time deadline);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Watchdog& watchdog_;
    const std::pair<Time, int> entry_;
  };

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  // Deadlines and sockets: one for each call that is running.
  std::set<std::pair<Time, int>> guarded_;
  // Until when the thread sleeps, unless it is woken. In the past while it runs: it looks then.
  Time sleeps_until_ = Time::max();
  std::thread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_WATCHDOG_H_
