#include "durability/owner_lease.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/process.h"
#include "base/steady_time.h"
#include "base/uuid.h"
#include "durability/engine_core.h"
#include "fmt/format.h"
#include "protograph/random_source.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

OwnerLease::OwnerLease(EngineCore& engine)
    : engine_(engine), thread_("ptg-heartbeat", [this] { return Beat(); }) {}

absl::Status OwnerLease::Start() {
  if (absl::Status status = Register(); !status.ok()) return status;
  return thread_.Start(engine_.options().lease / 3);
}

void OwnerLease::Stop() {
  thread_.Stop();
  // Best effort: otherwise others look for what it does not have, and the lease runs out by itself.
  if (JobStore* const jobs = engine_.store().jobs(); jobs != nullptr && engine_.has_no_jobs()) {
    jobs->RetireOwner(owner_id()).IgnoreError();
  }
  engine_.store().DeclareDead(owner_id()).IgnoreError();
}

std::string OwnerLease::owner_id() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return owner_id_;
}

bool OwnerLease::is_steady() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return SteadyTime() - steady_since_ >= engine_.options().lease;
}

absl::Status OwnerLease::Register() {
  const Owner owner = {.owner_id = MakeUuidV7(absl::Now(), RandomSource::System()),
                       .host = HostIdentity(),
                       .process_id = ThisProcessId(),
                       .program = ProgramName()};
  const absl::StatusOr<std::vector<Neighbour>> neighbours =
      engine_.store().Register(owner, engine_.options().lease);
  if (!neighbours.ok()) return neighbours.status();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    owner_id_ = owner.owner_id;
  }
  for (const Neighbour& neighbour : *neighbours) {
    if (neighbour.owner_id == owner.owner_id || MayBeAlive(neighbour.process_id)) continue;
    if (absl::Status status = engine_.store().DeclareDead(neighbour.owner_id); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Duration OwnerLease::Beat() {
  absl::Status status = engine_.store().Heartbeat(owner_id(), engine_.options().lease);
  if (absl::IsNotFound(status)) {
    engine_.log().Warn(LimitedLog::Kind::kOwner,
                       "the store took this process for dead: its executions may have lost their "
                       "workflows");
    status = Register();
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!status.ok()) {
      steady_since_ = absl::InfiniteFuture();
    } else if (steady_since_ == absl::InfiniteFuture()) {
      steady_since_ = SteadyTime();
    }
  }
  if (status.ok()) return engine_.options().lease / 3;
  engine_.counters().store_failures.fetch_add(1, std::memory_order_relaxed);
  engine_.log().Warn(LimitedLog::Kind::kOwner,
                     fmt::format("the heartbeat failed: {}", std::string(status.message())));
  // Sooner than usual, as the lease goes on running out.
  return engine_.options().lease / 10;
}

}  // namespace protograph::internal
