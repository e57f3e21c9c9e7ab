#include "jobs/stop_signals.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace protograph::internal {
namespace {

// The system's number of the thread that waits for signals; 0 where there is none.
std::atomic<pid_t> waiting_thread = 0;
static_assert(std::atomic<pid_t>::is_always_lock_free, "a handler reads it");

// Whichever thread got the signal. It is passed on to the one that waits for it, which is all that
// a handler may do. Blocking the signal in all threads instead would miss those that were there
// before, and programs that steps start would inherit it: they could not be terminated.
void PassOn(int signal) {
  const int saved_errno = errno;
  // By number, as the thread may just have ended: then this fails.
  syscall(SYS_tgkill, getpid(), waiting_thread.load(), signal);
  errno = saved_errno;
}

sigset_t StopSignalSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

StopSignals::StopSignals(std::function<void(int count)> on_signal)
    : on_signal_(std::move(on_signal)) {}

absl::Status StopSignals::Start() {
  const sigset_t set = StopSignalSet();
  sigset_t previous;
  // The new thread is born with them blocked, as sigwait wants it.
  pthread_sigmask(SIG_BLOCK, &set, &previous);
  try {
    thread_ = std::thread([this] { Wait(); });
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &previous, nullptr);
    return absl::ResourceExhaustedError(std::string("the system gives no thread for signals: ") +
                                        error.what());
  }
  waiting_thread.wait(0);
  struct sigaction action = {};
  action.sa_handler = &PassOn;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, &previous_term_);
  sigaction(SIGINT, &action, &previous_int_);
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  return absl::OkStatus();
}

StopSignals::~StopSignals() {
  if (!thread_.joinable()) return;
  sigaction(SIGTERM, &previous_term_, nullptr);
  sigaction(SIGINT, &previous_int_, nullptr);
  stopping_ = true;
  pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
  waiting_thread = 0;
}

void StopSignals::Wait() {
  pthread_setname_np(pthread_self(), "stop-signals");
  waiting_thread = gettid();
  waiting_thread.notify_all();
  const sigset_t set = StopSignalSet();
  int count = 0;
  while (true) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (stopping_) return;
    on_signal_(++count);
  }
}

}  // namespace protograph::internal
