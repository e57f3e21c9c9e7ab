#ifndef PROTOGRAPH_SRC_DURABILITY_OWNER_LEASE_H_
#define PROTOGRAPH_SRC_DURABILITY_OWNER_LEASE_H_

// Tells the store that this process lives.

#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/service_thread.h"

namespace protograph::internal {

class EngineCore;

class OwnerLease {
 public:
  explicit OwnerLease(EngineCore& engine);

  // Registers a new owner, and declares those neighbours dead whose processes have ended. Blocks.
  absl::Status Start();
  // Gives the lease up: what still runs here is not this owner's any more.
  void Stop();

  // Thread safe.
  std::string owner_id() const;
  // Whether heartbeats have reached the store for as long as a lease. Where not, the store was away
  // or slow for us, and so may have been for others, whose leases must be given time.
  bool is_steady() const;

 private:
  absl::Status Register();
  absl::Duration Beat();

  EngineCore& engine_;
  mutable std::mutex mutex_;
  std::string owner_id_;
  absl::Time steady_since_ = absl::InfiniteFuture();
  ServiceThread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_OWNER_LEASE_H_
