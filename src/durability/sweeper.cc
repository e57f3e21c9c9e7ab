#include "durability/sweeper.h"

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "durability/engine_core.h"
#include "fmt/format.h"
#include "protograph/random_source.h"

namespace protograph::internal {

Sweeper::Sweeper(EngineCore& engine)
    : engine_(engine), thread_("ptg-sweeper", [this] { return Sweep(); }) {}

absl::Status Sweeper::Start() {
  const absl::Duration interval = engine_.options().sweep_interval;
  if (interval == absl::InfiniteDuration()) return absl::OkStatus();
  // Processes that start together should not sweep together.
  return thread_.Start(interval * UniformDouble(RandomSource::System()));
}

absl::Duration Sweeper::Sweep() {
  bool more = engine_.lease().is_steady();
  while (more && !thread_.is_stopping()) {
    const absl::StatusOr<SweepResult> result = engine_.store().Sweep(engine_.options().retention);
    if (!result.ok()) {
      engine_.counters().store_failures.fetch_add(1, std::memory_order_relaxed);
      engine_.log().Warn(LimitedLog::Kind::kSweep,
                         fmt::format("sweeping the store failed, and is tried again later: {}",
                                     std::string(result.status().message())));
      break;
    }
    more = result->more;
  }
  return engine_.options().sweep_interval * (0.5 + UniformDouble(RandomSource::System()));
}

}  // namespace protograph::internal
