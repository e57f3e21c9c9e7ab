#ifndef PROTOGRAPH_SRC_JOBS_ENDED_JOB_H_
#define PROTOGRAPH_SRC_JOBS_ENDED_JOB_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protograph/exec_ctx.h"
#include "protograph/store/item_store.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// Of a job that has some of another one's items.
struct EndedBatch {
  // Nothing where the items are to be run again.
  std::optional<ItemBatchResult> result = std::nullopt;
  ParentToResume parent = {};
};

// What has become of a job that this process had.
struct EndedJob {
  JobEnd end;
  std::string owner_id;
  // Keeps the execution's checkpoints until the end is committed; null where it was not executed.
  std::unique_ptr<ExecCtx> ctx = nullptr;
  // Where it has not ended, but hands items over and waits for them: what is still to be said of
  // that (see ItemStore::HandOver), and whether all was.
  std::vector<FanOut> fan_outs = {};
  bool waits = false;
  // The store was away when it was to be told what comes before the end.
  bool is_held_up = false;
  // The store did not take its end, as it was another one's job by then.
  bool is_refused = false;
  // Whether others may have items of it that nobody needs any more.
  bool has_open_batches = false;
  std::optional<EndedBatch> batch = std::nullopt;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_ENDED_JOB_H_
