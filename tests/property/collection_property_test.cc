// Random graphs with splits, maps and reduces: what comes of them is what comes of the naive
// reference, while items fail and throw, and while executions are stopped and run late. Meant for
// the thread sanitizer.

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check_property.h"
#include "collection_case.h"
#include "collection_execution.h"
#include "collection_graph.h"
#include "graph_case.h"
#include "gtest/gtest.h"

namespace protograph::property {
namespace {

rc::Gen<CollectionTrouble> AnyTrouble() {
  return rc::gen::build<CollectionTrouble>(
      rc::gen::set(&CollectionTrouble::seed, Uniform<uint32_t>(0, 1U << 30)),
      rc::gen::set(&CollectionTrouble::transient_percent, rc::gen::element(0, 20)),
      rc::gen::set(&CollectionTrouble::final_percent, rc::gen::element(0, 0, 5)),
      rc::gen::set(&CollectionTrouble::item_transient_percent, rc::gen::element(0, 0, 5, 60)),
      rc::gen::set(&CollectionTrouble::item_final_percent,
                   rc::gen::element(0, 1, 5, 20, 20, 50, 100)),
      rc::gen::set(&CollectionTrouble::items_dawdle, rc::gen::element(false, true, true)),
      rc::gen::set(&CollectionTrouble::item_parallelism, rc::gen::element(0, 0, 1, 2, 3)),
      rc::gen::set(&CollectionTrouble::stop_at_attempt,
                   rc::gen::element(0, 0, 0, 0, 0, 1, 5, 40, 300)),
      rc::gen::set(&CollectionTrouble::attempt_waits_for_stop, rc::gen::arbitrary<bool>()),
      rc::gen::set(&CollectionTrouble::deadline,
                   // Hardly ever at once, when nothing is run.
                   rc::gen::map(Uniform(0, 20), [](int dice) {
                     if (dice == 0) return absl::ZeroDuration();
                     return dice > 3 ? absl::InfiniteDuration()
                                     : absl::Milliseconds(dice * dice * 7);
                   })));
}

void AssertNoComplaints(const CollectionGraph& graph, const Complaints& complaints) {
  std::string text;
  for (const std::string& complaint : complaints.all()) text += "\n  " + complaint;
  if (!text.empty()) RC_FAIL("complaints:" + text);
  RC_ASSERT(!graph.calls().empty());
}

using Troubles = std::vector<CollectionTrouble>;

void CheckTogether(CollectionGraph& graph, const std::vector<Troubles>& threads) {
  AssertNoComplaints(graph, graph.complaints());
  {
    std::vector<std::jthread> running;
    for (const Troubles& troubles : threads) {
      running.emplace_back([&graph, &troubles] {
        size_t i = troubles.front().seed;
        for (const CollectionTrouble& trouble : troubles) {
          ExecuteAndCheck(graph, *graph.calls()[i++ % graph.calls().size()], trouble);
        }
      });
    }
  }
  AssertNoComplaints(graph, graph.complaints());
}

rc::Gen<std::vector<Troubles>> AnyThreads(int most) {
  return rc::gen::resize(
      most, rc::gen::nonEmpty(rc::gen::container<std::vector<Troubles>>(rc::gen::resize(
                6, rc::gen::nonEmpty(rc::gen::container<Troubles>(AnyTrouble()))))));
}

TEST(CollectionProperty, GraphsWithCollectionsExecuteLikeTheReference) {
  CheckProperty(500, [] {
    CollectionGraph graph(*AnyCollectionGraph(14, 1300));
    CollectionTrouble trouble{
        .item_transient_percent = *rc::gen::element(0, 0, 10),
        .items_dawdle = *rc::gen::arbitrary<bool>(),
        .item_parallelism = *rc::gen::element(0, 0, 1, 3),
    };
    Troubles troubles;
    const uint32_t repetitions = *Uniform<uint32_t>(1, 8);
    for (uint32_t i = 0; i < repetitions; ++i) {
      trouble.seed = i;
      troubles.push_back(trouble);
    }
    CheckTogether(graph, {troubles});
  });
}

TEST(CollectionProperty, FailuresOfItemsEndInTheRightResultOrTheRightError) {
  CheckProperty(800, [] {
    CollectionGraph graph(*AnyCollectionGraph(14, 600));
    CheckTogether(graph, *AnyThreads(1));
  });
}

TEST(CollectionProperty, SomeExecutionsWithCollectionsAtOnceDoNotDisturbEachOther) {
  CheckProperty(400, [] {
    CollectionGraph graph(*AnyCollectionGraph(8, 150));
    CheckTogether(graph, *AnyThreads(4));
  });
}

}  // namespace
}  // namespace protograph::property
