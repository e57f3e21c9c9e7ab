#ifndef PROTOGRAPH_SRC_JOBS_STOP_SIGNALS_H_
#define PROTOGRAPH_SRC_JOBS_STOP_SIGNALS_H_

#include <atomic>
#include <functional>
#include <thread>

#include <csignal>

#include "absl/status/status.h"

namespace protograph::internal {

// Takes SIGTERM and SIGINT of this process while it lives, and restores who had them before. One at
// a time.
class StopSignals {
 public:
  // `on_signal` is called for each of them on a thread of this object's, with how many there were.
  explicit StopSignals(std::function<void(int count)> on_signal);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // kResourceExhausted where the system gives no thread.
  absl::Status Start();

 private:
  void Wait();

  const std::function<void(int count)> on_signal_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  struct sigaction previous_term_ = {};
  struct sigaction previous_int_ = {};
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_STOP_SIGNALS_H_
