// A fan: a source, a thousand steps that read it, and their results collected by tens.

#include <utility>

#include "absl/status/statusor.h"
#include "link.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/protograph.h"

namespace protograph::bench {
namespace {

constexpr int kSpokes = 1000;

struct FanBegin;
struct FanSource;
struct FanSpokes;
struct FanTens;
struct FanHundreds;
struct FanThousand;

using Begin = Link<FanBegin, 0>;
using Source = Link<FanSource, 0>;

struct MakeSource {
  [[gnu::noinline]] absl::StatusOr<Source> Compute(ExecCtx& /*ctx*/, const Begin& begin) const {
    Source source;
    source.set_value(begin.value());
    return source;
  }
};

template <int kNumber>
struct Spoke {
  using Output = Link<FanSpokes, kNumber>;
  [[gnu::noinline]] absl::StatusOr<Output> Compute(ExecCtx& /*ctx*/, const Source& source) const {
    Output spoke;
    spoke.set_value(source.value() + kNumber);
    return spoke;
  }
};

// Sums ten neighbours of the family `From` up into one of `To`.
template <class To, class From, int kNumber>
struct Collect {
  using Output = Link<To, kNumber>;
  template <int kPlace>
  using Input = Link<From, 10 * kNumber + kPlace>;

  [[gnu::noinline]] absl::StatusOr<Output> Compute(ExecCtx& /*ctx*/, const Input<0>& a,
                                                   const Input<1>& b, const Input<2>& c,
                                                   const Input<3>& d, const Input<4>& e,
                                                   const Input<5>& f, const Input<6>& g,
                                                   const Input<7>& h, const Input<8>& i,
                                                   const Input<9>& j) const {
    Output sum;
    sum.set_value(a.value() + b.value() + c.value() + d.value() + e.value() + f.value() +
                  g.value() + h.value() + i.value() + j.value());
    return sum;
  }
};
template <int kNumber>
using CollectTen = Collect<FanTens, FanSpokes, kNumber>;
template <int kNumber>
using CollectHundred = Collect<FanHundreds, FanTens, kNumber>;
using CollectThousand = Collect<FanThousand, FanHundreds, 0>;

constexpr int kSteps = 1 + kSpokes + kSpokes / 10 + kSpokes / 100 + kSpokes / 1000;

template <template <int> class Step, int... kNumber>
void AddAll(GraphBuilder& builder, const std::string& name,
            std::integer_sequence<int, kNumber...>) {
  (builder.Add<Step<kNumber>>({.name = name + std::to_string(kNumber)}), ...);
}

Graph MakeGraph() {
  GraphBuilder builder("fan");
  builder.Input<Begin>().Add<MakeSource>({.name = "source"});
  AddAll<Spoke>(builder, "spoke ", std::make_integer_sequence<int, kSpokes>());
  AddAll<CollectTen>(builder, "ten ", std::make_integer_sequence<int, kSpokes / 10>());
  AddAll<CollectHundred>(builder, "hundred ", std::make_integer_sequence<int, kSpokes / 100>());
  builder.Add<CollectThousand>({.name = "thousand"});
  return OrDie(builder.Build());
}

// All the calls, each with its status check: written by the build.
absl::StatusOr<CollectThousand::Output> ByHand(ExecCtx& ctx, const Begin& begin) {
  const absl::StatusOr<Source> source = MakeSource().Compute(ctx, begin);
  if (!source.ok()) return source.status();
#include "fan_by_hand.inc"
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph;
  using namespace protograph::bench;
  const Graph graph = MakeGraph();
  ExecCtx ctx;
  Begin begin;
  begin.set_value(1);
  if (OrDie(graph.Execute<CollectThousand::Output>(ctx, begin)).value() !=
      OrDie(ByHand(ctx, begin)).value()) {
    std::cerr << "error: the graph and the calls by hand disagree\n";
    return 2;
  }
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       Keep(graph.Execute<CollectThousand::Output>(ctx, begin));
                                     }
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(ByHand(ctx, begin));
                                   }});
  PrintFigure({.group = "fan1000",
               .name = "fan of 1,000, per step",
               .value = rounds.Median(0) / kSteps,
               .baseline = "calls by hand",
               .baseline_value = rounds.Median(1) / kSteps,
               .number = rounds.MedianDifference(0, 1) / kSteps,
               .number_unit = "ns more",
               .bar = "<=10"});
}
