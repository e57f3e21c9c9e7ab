#include "store/memory_permits.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace protograph::internal {

int MemoryPermits::Lease(const std::string& owner_id, const PermitDemand& demand, int limit,
                         const std::function<bool(const std::string&)>& is_alive) {
  ForgetDead(is_alive);
  if (!is_alive(owner_id)) return 0;
  Permits& asking = owners_[owner_id];
  asking.wanted = std::max(demand.wanted, 0);
  if (limit == 0) {
    asking.given = asking.wanted;
    return kNoPermitLimit;
  }
  // The least demanding first, each has its share of what those before it have left.
  std::vector<std::pair<int, const Permits*>> by_demand;
  int64_t free = limit;
  for (const auto& [id, permits] : owners_) {
    by_demand.emplace_back(permits.wanted, &permits);
    if (&permits != &asking) free -= permits.given;
  }
  std::stable_sort(by_demand.begin(), by_demand.end(),
                   [](const auto& one, const auto& other) { return one.first < other.first; });
  int left = limit;
  int share = 0;
  for (size_t i = 0; i < by_demand.size(); ++i) {
    const int share_here =
        std::min(by_demand[i].first, left / static_cast<int>(by_demand.size() - i));
    left -= share_here;
    if (by_demand[i].second == &asking) share = share_here;
  }
  const int in_use = std::clamp(demand.in_use, 0, asking.wanted);
  return asking.given = std::max(in_use, static_cast<int>(std::clamp<int64_t>(free, 0, share)));
}

void MemoryPermits::ForgetDead(const std::function<bool(const std::string&)>& is_alive) {
  std::erase_if(owners_, [&](const auto& owner) { return !is_alive(owner.first); });
}

}  // namespace protograph::internal
