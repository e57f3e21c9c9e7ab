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

struct Ends;
using Begin = Link<Ends, 0>;
using Source = Link<Ends, 1>;

struct MakeSource {
  [[gnu::noinline]] absl::StatusOr<Source> Compute(ExecCtx& /*ctx*/, const Begin& begin) const {
    Source source;
    source.set_value(begin.value());
    return source;
  }
};

struct Spokes;
template <int kNumber>
struct Spoke {
  using Output = Link<Spokes, kNumber>;

  [[gnu::noinline]] absl::StatusOr<Output> Compute(ExecCtx& /*ctx*/, const Source& source) const {
    Output spoke;
    spoke.set_value(source.value() + kNumber);
    return spoke;
  }

  static absl::StatusOr<Output> ByHand(ExecCtx& ctx, const Source& source) {
    return Spoke().Compute(ctx, source);
  }
};

// Sums up what ten neighbours of the steps `Part` make.
template <template <int> class Part>
struct SumsOf;
template <template <int> class Part, int kNumber>
struct Collect {
  using Output = Link<SumsOf<Part>, kNumber>;
  template <int kPlace>
  using Input = typename Part<10 * kNumber + kPlace>::Output;

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

  // The calls by hand, each with its status check: the ten parts, and then this step. All in one
  // function would keep a compiler busy for an hour.
  [[gnu::noinline]] static absl::StatusOr<Output> ByHand(ExecCtx& ctx, const Source& source) {
    const auto a = Part<10 * kNumber + 0>::ByHand(ctx, source);
    if (!a.ok()) return a.status();
    const auto b = Part<10 * kNumber + 1>::ByHand(ctx, source);
    if (!b.ok()) return b.status();
    const auto c = Part<10 * kNumber + 2>::ByHand(ctx, source);
    if (!c.ok()) return c.status();
    const auto d = Part<10 * kNumber + 3>::ByHand(ctx, source);
    if (!d.ok()) return d.status();
    const auto e = Part<10 * kNumber + 4>::ByHand(ctx, source);
    if (!e.ok()) return e.status();
    const auto f = Part<10 * kNumber + 5>::ByHand(ctx, source);
    if (!f.ok()) return f.status();
    const auto g = Part<10 * kNumber + 6>::ByHand(ctx, source);
    if (!g.ok()) return g.status();
    const auto h = Part<10 * kNumber + 7>::ByHand(ctx, source);
    if (!h.ok()) return h.status();
    const auto i = Part<10 * kNumber + 8>::ByHand(ctx, source);
    if (!i.ok()) return i.status();
    const auto j = Part<10 * kNumber + 9>::ByHand(ctx, source);
    if (!j.ok()) return j.status();
    return Collect().Compute(ctx, *a, *b, *c, *d, *e, *f, *g, *h, *i, *j);
  }
};
template <int kNumber>
using Ten = Collect<Spoke, kNumber>;
template <int kNumber>
using Hundred = Collect<Ten, kNumber>;
using Thousand = Collect<Hundred, 0>;

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
  AddAll<Ten>(builder, "ten ", std::make_integer_sequence<int, kSpokes / 10>());
  AddAll<Hundred>(builder, "hundred ", std::make_integer_sequence<int, kSpokes / 100>());
  builder.Add<Thousand>({.name = "thousand"});
  return OrDie(builder.Build());
}

absl::StatusOr<Thousand::Output> ByHand(ExecCtx& ctx, const Begin& begin) {
  const absl::StatusOr<Source> source = MakeSource().Compute(ctx, begin);
  if (!source.ok()) return source.status();
  return Thousand::ByHand(ctx, *source);
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
  if (OrDie(graph.Execute<Thousand::Output>(ctx, begin)).value() !=
      OrDie(ByHand(ctx, begin)).value()) {
    std::cerr << "error: the graph and the calls by hand disagree\n";
    return 2;
  }
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       Keep(graph.Execute<Thousand::Output>(ctx, begin));
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
