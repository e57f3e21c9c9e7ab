#ifndef PROTOGRAPH_TESTS_PROPERTY_COLLECTION_GRAPH_H_
#define PROTOGRAPH_TESTS_PROPERTY_COLLECTION_GRAPH_H_

// A real graph made of a CollectionCase: the library's own shells around steps that watch the
// executor at work, with the wiring put together below the templates.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "collection_case.h"
#include "complaints.h"
#include "google/protobuf/wrappers.pb.h"
#include "protograph/exec_ctx.h"
#include "protograph/internal/graph_core.h"
#include "protograph/many.h"

namespace protograph::property {

// The class of all messages: types are told apart by their keys alone.
using Number = google::protobuf::UInt64Value;

// Kept by the steps of one execution. What belongs to one run is not atomic on purpose: the
// executor must order the threads that run an item and those that read its result, and the thread
// sanitizer sees whether it does. What is atomic is relaxed, so that the log itself orders nothing.
struct CollectionLog {
  struct Run {
    int attempts = 0;
    bool has_made = false;
    // On the log's own clock.
    uint32_t begun_at = 0;
    uint32_t made_at = 0;
  };

  CollectionLog(const CollectionCase& graph, CollectionExpectation expectation,
                int item_parallelism);

  uint32_t Tick() { return ticks.fetch_add(1, std::memory_order_relaxed); }

  const CollectionExpectation expected;
  const int item_parallelism;
  // By output and, of maps, by item.
  std::vector<std::vector<Run>> runs;
  // By output: how many of its attempts are under way.
  std::vector<std::atomic<int>> running;
  std::atomic<int> all_running{0};
  std::atomic<int> items_running{0};
  std::atomic<uint32_t> ticks{1};
  std::atomic<bool> has_returned{false};
  // Called inside each attempt; `dice` is the same for the same item.
  std::function<void(ExecCtx& ctx, uint64_t dice)> during;
};

// The value of a context that leads steps to their log.
struct LogOfCollections {
  CollectionLog* log;
};

// A call, ready to be made any number of times.
struct PlannedCollectionCall {
  CallSpec spec;
  std::vector<uint32_t> inputs;  // in the order in which they are given
  char tag = 0;                  // its address is the CallTag
};

// One of them.
struct Answer {
  std::optional<Number> message;
  std::optional<Many<Number>> collection;
};

class CollectionGraph {
 public:
  explicit CollectionGraph(CollectionCase graph_case);
  CollectionGraph(const CollectionGraph&) = delete;
  CollectionGraph& operator=(const CollectionGraph&) = delete;

  const CollectionCase& graph_case() const { return case_; }
  const std::vector<std::unique_ptr<PlannedCollectionCall>>& calls() const { return calls_; }

  // Execute, below its templates. Answers come in the order of the call's outputs. `log` must be
  // the one that ctx leads to.
  absl::Status Execute(ExecCtx& ctx, const PlannedCollectionCall& call, CollectionLog& log,
                       std::vector<Answer>* answers);

  Complaints& complaints() { return complaints_; }

 private:
  absl::Status ExecuteWith(ExecCtx& ctx, const PlannedCollectionCall& call, CollectionLog& log,
                           const std::vector<internal::Value>& values,
                           std::vector<Answer>* answers);

  const CollectionCase case_;
  std::vector<std::unique_ptr<PlannedCollectionCall>> calls_;
  Complaints complaints_;
  std::shared_ptr<const internal::GraphCore> core_;
};

// What is different, empty where nothing is: the messages, and the errors with their texts.
std::string Difference(const Many<Number>& actual, const std::vector<ItemData>& expected);

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_COLLECTION_GRAPH_H_
