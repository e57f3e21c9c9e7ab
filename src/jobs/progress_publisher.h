#ifndef PROTOGRAPH_SRC_JOBS_PROGRESS_PUBLISHER_H_
#define PROTOGRAPH_SRC_JOBS_PROGRESS_PUBLISHER_H_

// Tells the store how far running jobs are, for those who look: of jobs with steps that run once
// for each item, where that has changed.

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "jobs/running_jobs.h"
#include "protograph/store/item_store.h"

namespace protograph::internal {

// Used by one thread.
class ProgressPublisher {
 public:
  ProgressPublisher(ItemStore& items, const RunningJobs& running)
      : items_(items), running_(running) {}

  // Where it is time to, and there is anything to say.
  absl::Status Publish(const std::string& owner_id, absl::Time now);

 private:
  ItemStore& items_;
  const RunningJobs& running_;
  absl::Time next_ = absl::InfinitePast();
  // What was said of the jobs that run.
  absl::flat_hash_map<std::string, std::vector<StepProgress>> published_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_PROGRESS_PUBLISHER_H_
