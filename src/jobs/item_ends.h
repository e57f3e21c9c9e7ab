#ifndef PROTOGRAPH_SRC_JOBS_ITEM_ENDS_H_
#define PROTOGRAPH_SRC_JOBS_ITEM_ENDS_H_

// Tells the store what jobs have to say of items beside their ends: those that hand some over, and
// those that have some.

#include <span>
#include <string>

#include "jobs/ended_job.h"
#include "protograph/logger.h"
#include "protograph/store/item_store.h"

namespace protograph::internal {

class ItemEnds {
 public:
  // `items` may be null: then no job has anything to say.
  ItemEnds(ItemStore* items, Logger& logger) : items_(items), logger_(logger) {}

  // What must be there before the ends are told. Jobs that wait from now on have no end; those that
  // may not wait have one that says why. Those of which the store could not be told are held up.
  void TellBefore(const std::string& owner_id, std::span<EndedJob> jobs);
  // What follows from the ends that were told. Where the store is away upkeep finds parents that
  // nobody has resumed, once their last batch has ended.
  void TellAfter(std::span<const EndedJob> jobs);

 private:
  void HandOver(const std::string& owner_id, EndedJob& job);
  void StoreResults(const std::string& owner_id, std::span<EndedJob> jobs);

  ItemStore* const items_;
  Logger& logger_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_ITEM_ENDS_H_
