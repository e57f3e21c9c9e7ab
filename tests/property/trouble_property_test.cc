// Random graphs, executed by several threads at once while steps fail, throw and execute the same
// graph themselves, and while executions are stopped and run late. Meant for the thread sanitizer.

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check_property.h"
#include "checked_execution.h"
#include "erased_graph.h"
#include "graph_case.h"
#include "gtest/gtest.h"

namespace protograph::property {
namespace {

rc::Gen<Trouble> AnyTrouble() {
  return rc::gen::build<Trouble>(
      rc::gen::set(&Trouble::seed, Uniform<uint32_t>(0, 1U << 30)),
      rc::gen::set(&Trouble::transient_percent, rc::gen::element(0, 10, 50)),
      rc::gen::set(&Trouble::final_percent, rc::gen::element(0, 0, 2, 10)),
      rc::gen::set(&Trouble::nested_percent, rc::gen::element(0, 0, 10, 30)),
      rc::gen::set(&Trouble::stop_at_attempt, rc::gen::element(0, 0, 1, 3, 10)),
      rc::gen::set(&Trouble::attempt_waits_for_stop, rc::gen::arbitrary<bool>()),
      rc::gen::set(
          &Trouble::deadline,
          rc::gen::element(absl::InfiniteDuration(), absl::InfiniteDuration(), absl::ZeroDuration(),
                           absl::Milliseconds(3), absl::Milliseconds(30))));
}

void CheckTogether(ErasedGraph& graph, const std::vector<std::vector<Trouble>>& threads) {
  {
    std::vector<std::jthread> running;
    for (const std::vector<Trouble>& troubles : threads) {
      running.emplace_back([&graph, &troubles] {
        size_t i = troubles.front().seed;
        for (const Trouble& trouble : troubles) {
          ExecuteAndCheck(graph, *graph.calls()[i++ % graph.calls().size()], trouble);
        }
      });
    }
  }
  std::string text;
  for (const std::string& complaint : graph.complaints().all()) text += "\n  " + complaint;
  if (!text.empty()) RC_FAIL("complaints:" + text);
  RC_ASSERT(graph.live_results() == 0);
}

rc::Gen<std::vector<std::vector<Trouble>>> AnyThreads(int most) {
  using Troubles = std::vector<Trouble>;
  return rc::gen::resize(
      most, rc::gen::nonEmpty(rc::gen::container<std::vector<Troubles>>(rc::gen::resize(
                8, rc::gen::nonEmpty(rc::gen::container<Troubles>(AnyTrouble()))))));
}

TEST(TroubleProperty, SomeExecutionsAtOnceEndInTheRightResultOrTheRightError) {
  CheckProperty(1600, [] {
    ErasedGraph graph(*AnyGraph(50));
    CheckTogether(graph, *AnyThreads(4));
  });
}

TEST(TroubleProperty, OneExecutionOfABigGraphEndsInTheRightResultOrTheRightError) {
  CheckProperty(800, [] {
    ErasedGraph graph(*AnyGraph(200));
    std::vector<std::vector<Trouble>> threads = *AnyThreads(1);
    for (Trouble& trouble : threads.front()) trouble.nested_percent /= 10;
    CheckTogether(graph, threads);
  });
}

// Steps that make many others ready, on threads that are hardly needed: what one thread asks for
// comes when another has done it already.
TEST(TroubleProperty, FansWhoseStepsAreAllHandedOutEnd) {
  CheckProperty(1200, [] {
    GraphCase fan{.inputs = {0}, .steps = {}, .calls = {}, .pool_size = *Uniform<size_t>(1, 9)};
    const uint32_t stages = *Uniform<uint32_t>(1, 5);
    const uint32_t width = *Uniform<uint32_t>(2, 12);
    uint32_t joint = 0;
    uint32_t next = 1;
    for (uint32_t stage = 0; stage < stages; ++stage) {
      StepSpec join{.output = next + width};
      for (uint32_t i = 0; i < width; ++i) {
        join.inputs.push_back(next);
        fan.steps.push_back(
            {.output = next++, .inputs = {joint}, .concurrency = Concurrency::kAlways});
      }
      joint = next++;
      fan.steps.push_back(std::move(join));
    }
    fan.calls.push_back({.outputs = {joint}});
    ErasedGraph graph(std::move(fan));
    CheckTogether(
        graph, std::vector<std::vector<Trouble>>(*Uniform<size_t>(1, 4), std::vector<Trouble>(20)));
  });
}

}  // namespace
}  // namespace protograph::property
