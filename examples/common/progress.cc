#include "examples/common/progress.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace examples {
namespace {
constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr char kEraseLine[] = "\r\x1b[K";
}  // namespace

bool IsTerminal(std::FILE* stream) { return isatty(fileno(stream)) != 0; }

Progress::Progress(std::FILE* stream, std::string what, std::size_t total)
    : stream_(stream), what_(std::move(what)), total_(total), start_(absl::Now()) {}

Progress::~Progress() {
  if (stream_ == nullptr || last_shown_ == absl::InfinitePast()) return;
  std::fputs(kEraseLine, stream_);
  std::fflush(stream_);
}

void Progress::Advance() {
  if (stream_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  ++done_;
  const absl::Time now = absl::Now();
  if (now - last_shown_ >= kInterval) Show(now);
}

void Progress::Show(absl::Time now) {
  last_shown_ = now;
  const double seconds = std::max(absl::ToDoubleSeconds(now - start_), 1e-9);
  absl::FPrintF(stream_, "%s%d of %d %s (%d%%), %.0f a second", kEraseLine, done_, total_, what_,
                total_ == 0 ? 100 : 100 * done_ / total_, static_cast<double>(done_) / seconds);
  std::fflush(stream_);
}

}  // namespace examples
