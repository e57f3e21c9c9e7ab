#ifndef PROTOGRAPH_STEP_OPTIONS_H_
#define PROTOGRAPH_STEP_OPTIONS_H_

// StepOptions: what is said about a step where it is added to a graph.

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "protograph/retry_policy.h"

namespace protograph {

// Whether a step is a reason to run a graph's independent steps side by side. Handing a step to
// another thread costs microseconds, so it must pay.
enum class Concurrency {
  // Measured: the library times the steps, and runs them side by side while that saves time.
  kAuto,
  // The step blocks or is long: it runs beside whatever does not depend on it, from the first
  // execution on, unmeasured.
  kAlways,
  // The step is no reason to use another thread, however long it takes.
  kNever,
};

// What becomes of a step's result in executions that an Engine opened; others keep nothing.
enum class Durability {
  // A checkpoint is written beside the execution, which does not wait for it. A crash may lose the
  // last moments, and the step then runs again.
  kAsync,
  // The checkpoint is committed before anything that depends on the step begins. For steps whose
  // effect must not be repeated lightly: it may still be, once, where the process dies between the
  // effect and the commit. See ExecCtx::IdempotencyKey.
  kSync,
  // No checkpoint: a resumed execution runs the step again.
  kNone,
};

// What becomes of a step that runs once for each item when it fails for one, with its attempts
// spent.
enum class WhenItemFails {
  // The step fails. Items that run are asked to stop, others are not begun.
  kFailFast,
  // All items run, and then the step fails: its status counts the failures.
  kCollectErrors,
  // The item stands as an error in the step's result, at its place, and later steps of the same
  // kind leave it out. Only where more items fail than ItemOptions tolerates does the step fail.
  kTolerate,
};

// Where the items of a step run.
enum class ItemPlace {
  // In the process that executes the graph.
  kHere,
  // Where the execution is that of a job, as jobs of their own, in batches, on whichever workers
  // are
  // there; its thread is given back meanwhile, and the job goes on when the last of them is done.
  // Where it is not, or there are so few items that one batch would have them all: as kHere.
  kOnWorkers,
};

// Of a step that runs once for each item of a collection: GraphBuilder::Map, Map<Step>. Where such
// steps follow each other, each item goes through them one after the other on one thread; the first
// one's StepOptions::concurrency is then that of all.
struct ItemOptions {
  // How many items of this step run at the same time in one execution, at most. 0: as many as
  // threads come to help, which is measured. More than 1: that many threads are asked for. See
  // ExecOptions::item_parallelism for a whole execution.
  int parallelism = 0;
  WhenItemFails when_item_fails = WhenItemFails::kFailFast;
  // Of kTolerate: the step fails when more items have failed than this number, or than this share
  // of them, whichever is more.
  int64_t tolerated_items = 0;
  double tolerated_share = 0;
  // Items that are equal, byte for byte, are run once, and the result is copied. The step then
  // waits for all of its items before the first one runs.
  bool equal_items_once = false;
  // Steps that follow each other for an item go to the same job where all of them say kOnWorkers.
  // `parallelism` is then that of each batch: what runs at once everywhere is for the queue to
  // limit.
  ItemPlace place = ItemPlace::kHere;
  // Of kOnWorkers: how many items a job has. 0: as many as make 256 jobs, at least 1 and at most
  // 500. Less where they would be more than 4 MiB.
  int batch = 0;

  friend bool operator==(const ItemOptions&, const ItemOptions&) = default;
};

struct StepOptions {
  // Empty: the class's name; for a callable the name of the message it makes. Unique in its graph.
  std::string name = {};
  RetryPolicy retry = {};
  // Of one attempt. An attempt that ends later has failed with kDeadlineExceeded, even where it has
  // made its message; a late error stays what it is. Inside the step ctx.deadline() says when that
  // is: the step hands it to what it waits for. Nothing interrupts a step that does not look.
  absl::Duration timeout = absl::InfiniteDuration();
  Concurrency concurrency = Concurrency::kAuto;
  Durability durability = Durability::kAsync;
  // Part of what a checkpoint is found by. Raise it when the step makes something else of the same
  // inputs than before, so that a resumed execution does not take what an older program has left.
  int version = 0;
  // Only for steps that run once for each item. Of those, retry and timeout are an item's.
  ItemOptions items = {};
};

}  // namespace protograph

#endif  // PROTOGRAPH_STEP_OPTIONS_H_
