#ifndef PROTOGRAPH_SRC_STORE_MEMORY_OWNERS_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_OWNERS_H_

// The owners of a MemoryStore: who is registered, and whose lease has not run out. What the store
// has of executions and what it has of jobs go by the same owners.

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protograph/clock.h"
#include "protograph/store/store.h"

namespace protograph::internal {

// Thread safe. Calls nobody but the clock and, in Forget, what it is given, so that any other lock
// may be held. The members that Store has are as those.
class MemoryOwners {
 public:
  explicit MemoryOwners(Clock& clock) : clock_(clock) {}
  MemoryOwners(const MemoryOwners&) = delete;
  MemoryOwners& operator=(const MemoryOwners&) = delete;

  std::vector<Neighbour> Register(const Owner& owner, absl::Duration lease);
  absl::Status Heartbeat(const std::string& owner_id, absl::Duration lease);
  void DeclareDead(const std::string& owner_id);

  // All whose lease has run out: for good, as others get what they had.
  void DeclareLapsedDead();

  bool IsAlive(const std::string& owner_id) const;
  // Also where it is not known (any more).
  bool IsDeclaredDead(const std::string& owner_id) const;
  // Dead or alive; nothing where it is not known (any more).
  std::optional<Owner> Find(const std::string& owner_id) const;

  // Forgets those that died so long ago, each after `take` said that it may.
  void Forget(absl::Duration age, const std::function<bool()>& take);

 private:
  struct Registered {
    Owner owner;
    absl::Time lease_until;
    bool is_declared_dead = false;
  };

  // Of one found while `mutex_` is held.
  bool IsAlive(const Registered& registered) const {
    return !registered.is_declared_dead && registered.lease_until > clock_.Now();
  }

  Clock& clock_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string, Registered> owners_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_OWNERS_H_
