#ifndef PROTOGRAPH_TESTS_PROPERTY_COLLECTION_CASE_H_
#define PROTOGRAPH_TESTS_PROPERTY_COLLECTION_CASE_H_

// A random graph with collections, random calls of it and what goes wrong in them, as plain data,
// and the naive reference for what must come of that.

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "graph_case.h"
#include "outcome.h"
#include "protograph/step_options.h"
#include "rapidcheck.h"

namespace protograph::property {

enum class CollectionStepKind {
  kMakesMessage,  // where it takes collections, it reduces them
  kSplits,        // makes a collection of whatever it takes
  kMaps,          // runs for each item of its first input
};

struct CollectionStep {
  uint32_t output = 0;
  CollectionStepKind kind = CollectionStepKind::kMakesMessage;
  // Messages before collections, but for what a map takes its items from, which comes first.
  std::vector<uint32_t> inputs = {};
  int attempts = 1;
  absl::Duration wait = absl::ZeroDuration();
  Concurrency concurrency = Concurrency::kAuto;
  // Of splits. How many items there are depends on the inputs.
  uint32_t most_items = 0;
  uint32_t distinct_items = 1;
  int error_percent = 0;
  // Of maps. The share is tolerated_percent.
  ItemOptions items = {};
  int tolerated_percent = 0;

  bool is_map() const { return kind == CollectionStepKind::kMaps; }
  std::string Name() const;
};

// Types are known by their number.
struct CollectionCase {
  std::vector<bool> is_many = {};
  std::vector<uint32_t> inputs = {};
  // In the order in which they are added to the builder.
  std::vector<CollectionStep> steps = {};
  std::vector<CallSpec> calls = {};
  size_t pool_size = 0;
};

std::ostream& operator<<(std::ostream& out, const CollectionCase& graph);

// Valid graphs of 1 to `max_steps` steps, with 1 to 3 calls. Up to `max_items` in a collection.
rc::Gen<CollectionCase> AnyCollectionGraph(size_t max_steps, uint32_t max_items);

// What goes wrong. Which attempts fail is decided by a hash of step, item and seed.
struct CollectionTrouble {
  uint32_t seed = 0;
  // Of each step that runs once, and of each item: chances in percent to fail at first, and never
  // to recover. Half of the maps have no item that fails.
  int transient_percent = 0;
  int final_percent = 0;
  int item_transient_percent = 0;
  int item_final_percent = 0;
  // Whether items take their time now and then, so that other threads come to help.
  bool items_dawdle = false;
  int item_parallelism = 0;
  // Another thread asks the execution to stop while its n-th attempt runs, or shortly after; 0:
  // none does.
  int stop_at_attempt = 0;
  // Whether that attempt waits until it is asked.
  bool attempt_waits_for_stop = false;
  // By the execution's own fake clock, on which each attempt takes a millisecond. Where there is
  // one no attempt fails for a time, as nobody could say whether the next one comes too late.
  absl::Duration deadline = absl::InfiniteDuration();
};

std::ostream& operator<<(std::ostream& out, const CollectionTrouble& trouble);

// ---- The reference ----

// `code` is not OK where the item is an error.
struct ItemData {
  uint64_t value = 0;
  absl::StatusCode code = absl::StatusCode::kOk;
  // The map that has failed for it, and its attempts; null where the error was put there.
  const CollectionStep* failed = nullptr;
  int attempts = 0;

  bool ok() const { return code == absl::StatusCode::kOk; }
};

// A message or a collection.
struct Data {
  uint64_t value = 0;
  std::vector<ItemData> items = {};
};

// What a step that takes all of the data sees of it, and what one that runs for an item does: of
// collections it looks at the size and at item SampleOf(...).
uint64_t WholeNumber(bool is_many, const Data& data);
uint64_t SampleNumber(size_t size, const ItemData& sample);
inline size_t SampleOf(size_t size, uint64_t item) { return item % size; }

// What splits make of their inputs, and what callers bring.
std::vector<ItemData> SplitItems(const CollectionStep& split, uint64_t inputs);
Data BroughtData(uint32_t type, bool is_many);

// One run of a step, or of one of its items, if nobody interferes.
struct ExpectedRun {
  // False for items that are errors, and for those that are equal to an earlier one and not run.
  bool runs = false;
  std::vector<Outcome> script = {};
  int attempts = 0;
  Outcome last = Outcome::kMakes;

  bool fails() const { return runs && last != Outcome::kMakes; }
};

struct ExpectedStep {
  const CollectionStep* spec = nullptr;
  // Whether it can begin at all. A map may begin although the map that makes its items will fail.
  bool may_run = false;
  bool fails = false;
  // One; or one for each item.
  std::vector<ExpectedRun> runs = {};
  // Of maps: items that fail, equal ones counted one by one, and how many may.
  size_t failed_items = 0;
  size_t tolerated_items = 0;
};

struct CollectionExpectation {
  // By type: what is brought, what is made, and the items that maps make before they fail.
  std::map<uint32_t, Data> data;
  // By output: the steps that are needed.
  std::map<uint32_t, ExpectedStep> steps;
  // What must be brought, in ascending order.
  std::vector<uint32_t> inputs;
  bool succeeds = true;
};

// Found by plain recursion from the outputs.
CollectionExpectation Expect(const CollectionCase& graph, const CallSpec& call,
                             const CollectionTrouble& trouble);

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_COLLECTION_CASE_H_
