#ifndef PROTOGRAPH_SRC_STORE_MEMORY_JOB_STATE_H_
#define PROTOGRAPH_SRC_STORE_MEMORY_JOB_STATE_H_

// What the jobs, the schedules and the items of a MemoryStore have together, and the one lock for
// all: a firing makes jobs, a job that ends may be what a schedule waits for, and jobs hand items
// over to jobs.

#include <memory>
#include <mutex>

#include "store/memory_items.h"
#include "store/memory_job_events.h"
#include "store/memory_jobs.h"
#include "store/memory_schedules.h"

namespace protograph::internal {

struct MemoryJobState {
  // Thread safe by themselves.
  const std::shared_ptr<MemoryJobEvents> events = std::make_shared<MemoryJobEvents>();
  // Of what follows, and of everything that MemoryJobStore has.
  std::mutex mutex;
  MemorySchedules schedules{*events};
  MemoryItems items;
  MemoryJobs jobs{*events, schedules, items};
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_MEMORY_JOB_STATE_H_
