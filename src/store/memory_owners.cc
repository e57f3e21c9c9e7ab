#include "store/memory_owners.h"

#include <algorithm>

#include "fmt/format.h"

namespace protograph::internal {

std::vector<Neighbour> MemoryOwners::Register(const Owner& owner, absl::Duration lease) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const absl::Time lease_until = clock_.Now() + lease;
  const auto [registered, is_new] =
      owners_.try_emplace(owner.owner_id, Registered{owner, lease_until});
  if (!is_new && !registered->second.is_declared_dead) registered->second.lease_until = lease_until;
  std::vector<Neighbour> neighbours;
  for (const auto& [id, other] : owners_) {
    if (id == owner.owner_id || owner.host.empty() || other.owner.host != owner.host) continue;
    if (IsAlive(other)) neighbours.push_back({id, other.owner.process_id});
  }
  return neighbours;
}

absl::Status MemoryOwners::Heartbeat(const std::string& owner_id, absl::Duration lease) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = owners_.find(owner_id);
  if (found == owners_.end() || found->second.is_declared_dead) {
    return absl::NotFoundError(
        fmt::format("owner {} is not registered, or was declared dead", owner_id));
  }
  found->second.lease_until = clock_.Now() + lease;
  return absl::OkStatus();
}

void MemoryOwners::DeclareDead(const std::string& owner_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = owners_.find(owner_id);
  if (found == owners_.end() || found->second.is_declared_dead) return;
  found->second.is_declared_dead = true;
  found->second.lease_until = std::min(found->second.lease_until, clock_.Now());
}

void MemoryOwners::DeclareLapsedDead() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [id, registered] : owners_) {
    if (!IsAlive(registered)) registered.is_declared_dead = true;
  }
}

bool MemoryOwners::IsAlive(const std::string& owner_id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = owners_.find(owner_id);
  return found != owners_.end() && IsAlive(found->second);
}

bool MemoryOwners::IsDeclaredDead(const std::string& owner_id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = owners_.find(owner_id);
  return found == owners_.end() || found->second.is_declared_dead;
}

std::optional<Owner> MemoryOwners::Find(const std::string& owner_id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = owners_.find(owner_id);
  if (found == owners_.end()) return std::nullopt;
  return found->second.owner;
}

void MemoryOwners::Forget(absl::Duration age, const std::function<bool()>& take) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const absl::Time now = clock_.Now();
  for (auto it = owners_.begin(); it != owners_.end();) {
    if (it->second.lease_until + age > now) {
      ++it;
      continue;
    }
    if (!take()) break;
    owners_.erase(it++);
  }
}

}  // namespace protograph::internal
