#ifndef PROTOGRAPH_TESTING_FAKE_CLOCK_H_
#define PROTOGRAPH_TESTING_FAKE_CLOCK_H_

// FakeClock: time that belongs to the test. Waits between attempts end at once, and can be checked.
//
//   FakeClock clock;
//   ExecCtx ctx({.deadline = clock.Now() + absl::Seconds(10), .clock = &clock});
//   EXPECT_THAT(graph->Execute<TagSet>(ctx, id), IsOk());
//   EXPECT_THAT(clock.sleeps(), ElementsAre(absl::Milliseconds(100), absl::Milliseconds(200)));
//
// A step that is to take long calls clock.Advance(...). No member reports an error.

#include <mutex>
#include <stop_token>
#include <vector>

#include "absl/time/time.h"
#include "protograph/clock.h"

namespace protograph::testing {

// Thread safe.
class FakeClock final : public Clock {
 public:
  // Begins at 2025-01-01 00:00:00 UTC, the same in every run.
  FakeClock();
  explicit FakeClock(absl::Time now) : now_(now) {}

  absl::Time Now() override;

  // Does not block: it is `wake_time` at once, unless it is later already. Where `stop_token` was
  // asked to stop before, returns false and leaves time as it was.
  bool SleepUntil(absl::Time wake_time, std::stop_token stop_token) override;

  // May go back.
  void SetNow(absl::Time now);
  void Advance(absl::Duration duration);

  // How long each sleep was to take that no request to stop prevented, in order.
  std::vector<absl::Duration> sleeps() const;
  void ClearSleeps();

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
  std::vector<absl::Duration> sleeps_;
};

}  // namespace protograph::testing

#endif  // PROTOGRAPH_TESTING_FAKE_CLOCK_H_
