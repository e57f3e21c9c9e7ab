// A library to be preloaded: the machine's clock is wrong by as many seconds as the variable
// CLOCK_SHIFT says. Only what tells the time is shifted: the library under test waits by the
// monotonic clock.

#include <dlfcn.h>
#include <sys/time.h>

#include <cstdlib>
#include <ctime>

namespace {

time_t Shift() {
  static const time_t shift = [] {
    const char* const text = std::getenv("CLOCK_SHIFT");
    return text == nullptr ? time_t{0} : static_cast<time_t>(std::atol(text));
  }();
  return shift;
}

template <class Function>
Function* Original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool IsOfTheDay(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static auto* const original = Original<int(clockid_t, timespec*)>("clock_gettime");
  const int result = original(clock, now);
  if (result == 0 && IsOfTheDay(clock)) now->tv_sec += Shift();
  return result;
}

int gettimeofday(timeval* __restrict now, void* __restrict zone) noexcept {
  static auto* const original = Original<int(timeval*, void*)>("gettimeofday");
  const int result = original(now, zone);
  if (result == 0) now->tv_sec += Shift();
  return result;
}

time_t time(time_t* now) noexcept {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  if (now != nullptr) *now = precise.tv_sec;
  return precise.tv_sec;
}

}  // extern "C"
