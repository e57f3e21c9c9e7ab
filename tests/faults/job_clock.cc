// A library to be preloaded: the machine's clock is wrong by as many seconds as the variable
// CLOCK_SHIFT says, or by those that stand in the file CLOCK_SHIFT_FILE, a number of 64 bits, so
// that it jumps when that is changed. Only what tells the time is shifted: the library under test
// waits by the monotonic clock.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

// Null where there is no file.
const volatile int64_t* ShiftInFile() {
  const char* const path = std::getenv("CLOCK_SHIFT_FILE");
  if (path == nullptr) return nullptr;
  const int file = open(path, O_RDONLY);
  if (file < 0) return nullptr;
  void* const mapped = mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<const volatile int64_t*>(mapped);
}

time_t Shift() {
  static const volatile int64_t* const in_file = ShiftInFile();
  static const time_t shift = [] {
    const char* const text = std::getenv("CLOCK_SHIFT");
    return text == nullptr ? time_t{0} : static_cast<time_t>(std::atol(text));
  }();
  return in_file != nullptr ? static_cast<time_t>(*in_file) : shift;
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
