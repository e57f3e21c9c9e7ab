#ifndef PROTOGRAPH_SRC_STORE_MEMORY_PERMITS_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_PERMITS_H_

// Who may run how many jobs of a queue at once, where that is limited: JobStore::LeasePermits.

#include <functional>
#include <map>
#include <string>

#include "protograph/store/job_store.h"

namespace protograph::internal {

// Of one queue. Not thread safe.
class MemoryPermits {
 public:
  // The permits of an owner, out of `limit` (0: as many as it wants) for all that are alive. Those
  // who ask have equal shares, and what one does not want of its share the others have. Nobody is
  // given what another one has not given back yet, and what is in use is kept.
  int Lease(const std::string& owner_id, const PermitDemand& demand, int limit,
            const std::function<bool(const std::string&)>& is_alive);

  // Takes from the dead what they had, for good: one that comes back must ask again.
  void ForgetDead(const std::function<bool(const std::string&)>& is_alive);

  bool empty() const { return owners_.empty(); }

 private:
  struct Permits {
    int wanted = 0;
    int given = 0;
  };

  std::map<std::string, Permits> owners_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_PERMITS_H_
