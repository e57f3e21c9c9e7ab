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

// The calls by hand, each with its status check: ten, then the rest. All in one function would keep
// a compiler busy for an hour.
template <int kNumber = 0>
[[gnu::noinline]] absl::StatusOr<ChainLink<kSteps>> ByHand(ExecCtx& ctx,
                                                           const ChainLink<kNumber>& before) {
  const absl::StatusOr<ChainLink<kNumber + 1>> a = ChainStep<kNumber + 1>().Compute(ctx, before);
  if (!a.ok()) return a.status();
  const absl::StatusOr<ChainLink<kNumber + 2>> b = ChainStep<kNumber + 2>().Compute(ctx, *a);
  if (!b.ok()) return b.status();
  const absl::StatusOr<ChainLink<kNumber + 3>> c = ChainStep<kNumber + 3>().Compute(ctx, *b);
  if (!c.ok()) return c.status();
  const absl::StatusOr<ChainLink<kNumber + 4>> d = ChainStep<kNumber + 4>().Compute(ctx, *c);
  if (!d.ok()) return d.status();
  const absl::StatusOr<ChainLink<kNumber + 5>> e = ChainStep<kNumber + 5>().Compute(ctx, *d);
  if (!e.ok()) return e.status();
  const absl::StatusOr<ChainLink<kNumber + 6>> f = ChainStep<kNumber + 6>().Compute(ctx, *e);
  if (!f.ok()) return f.status();
  const absl::StatusOr<ChainLink<kNumber + 7>> g = ChainStep<kNumber + 7>().Compute(ctx, *f);
  if (!g.ok()) return g.status();
  const absl::StatusOr<ChainLink<kNumber + 8>> h = ChainStep<kNumber + 8>().Compute(ctx, *g);
  if (!h.ok()) return h.status();
  const absl::StatusOr<ChainLink<kNumber + 9>> i = ChainStep<kNumber + 9>().Compute(ctx, *h);
  if (!i.ok()) return i.status();
  if constexpr (kNumber + 10 == kSteps) {
    return ChainStep<kSteps>().Compute(ctx, *i);
  } else {
    const absl::StatusOr<ChainLink<kNumber + 10>> j = ChainStep<kNumber + 10>().Compute(ctx, *i);
    if (!j.ok()) return j.status();
    return ByHand<kNumber + 10>(ctx, *j);
  }
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
      OrDie(ByHand<>(ctx, begin)).value()) {
    std::cerr << "error: the graph and the calls by hand disagree\n";
    return 2;
  }
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       Keep(graph.Execute<ChainLink<kSteps>>(ctx, begin));
                                     }
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(ByHand<>(ctx, begin));
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
