// A chain of a thousand steps: what a step costs where nothing else is there to be paid for.

#include <utility>

#include "absl/status/statusor.h"
#include "link.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/protograph.h"

namespace protograph::bench {
namespace {

constexpr int kSteps = 1000;

struct Chain;
template <int kNumber>
using ChainLink = Link<Chain, kNumber>;

template <int kNumber>
struct ChainStep {
  // As far away as a step in a library.
  [[gnu::noinline]] absl::StatusOr<ChainLink<kNumber>> Compute(
      ExecCtx& /*ctx*/, const ChainLink<kNumber - 1>& before) const {
    ChainLink<kNumber> link;
    link.set_value(before.value() + kNumber % 3);
    return link;
  }
};

template <int... kNumber>
Graph MakeGraph(std::integer_sequence<int, kNumber...>) {
  GraphBuilder builder("chain");
  builder.Input<ChainLink<0>>();
  (builder.Add<ChainStep<kNumber + 1>>({.name = std::to_string(kNumber + 1)}), ...);
  return OrDie(builder.Build());
}

// The thousand calls, each with its status check, one after the other: written by the build, as
// nobody would by hand.
absl::StatusOr<ChainLink<kSteps>> ByHand(ExecCtx& ctx, const ChainLink<0>& begin) {
  const ChainLink<0>* const link_0 = &begin;
#include "chain_by_hand.inc"
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph;
  using namespace protograph::bench;
  const Graph graph = MakeGraph(std::make_integer_sequence<int, kSteps>());
  ExecCtx ctx;
  ChainLink<0> begin;
  begin.set_value(1);
  if (OrDie(graph.Execute<ChainLink<kSteps>>(ctx, begin)).value() !=
      OrDie(ByHand(ctx, begin)).value()) {
    std::cerr << "error: the graph and the calls by hand disagree\n";
    return 2;
  }
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       Keep(graph.Execute<ChainLink<kSteps>>(ctx, begin));
                                     }
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(ByHand(ctx, begin));
                                   }});
  PrintFigure({.group = "chain1000",
               .name = "chain of 1,000, per step",
               .value = rounds.Median(0) / kSteps,
               .baseline = "calls by hand",
               .baseline_value = rounds.Median(1) / kSteps,
               .number = rounds.MedianDifference(0, 1) / kSteps,
               .number_unit = "ns more",
               .bar = "<=10"});
}
