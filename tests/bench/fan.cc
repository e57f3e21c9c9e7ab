// A fan: a source, a thousand steps that read it, and their results collected by tens.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "link.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/protograph.h"

namespace protograph::bench {
namespace {

constexpr int kSpokes = 1000;
// Classes that differ: compiling a thousand takes minutes. Spoke i is of class i % kSpokeClasses,
// and so on; the ten that one step takes always differ.
constexpr int kSpokeClasses = 50;
constexpr int kTenClasses = 10;
constexpr int kHundreds = kSpokes / 100;

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
template <template <int> class Part, int kPartClasses, int kNumber>
struct Collect {
  using Output = Link<SumsOf<Part>, kNumber>;
  template <int kPlace>
  using Input = typename Part<(10 * kNumber + kPlace) % kPartClasses>::Output;

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

  // The calls by hand, each with its status check: the ten parts, and then this step.
  [[gnu::noinline]] static absl::StatusOr<Output> ByHand(ExecCtx& ctx, const Source& source) {
    const auto a = Part<(10 * kNumber + 0) % kPartClasses>::ByHand(ctx, source);
    if (!a.ok()) return a.status();
    const auto b = Part<(10 * kNumber + 1) % kPartClasses>::ByHand(ctx, source);
    if (!b.ok()) return b.status();
    const auto c = Part<(10 * kNumber + 2) % kPartClasses>::ByHand(ctx, source);
    if (!c.ok()) return c.status();
    const auto d = Part<(10 * kNumber + 3) % kPartClasses>::ByHand(ctx, source);
    if (!d.ok()) return d.status();
    const auto e = Part<(10 * kNumber + 4) % kPartClasses>::ByHand(ctx, source);
    if (!e.ok()) return e.status();
    const auto f = Part<(10 * kNumber + 5) % kPartClasses>::ByHand(ctx, source);
    if (!f.ok()) return f.status();
    const auto g = Part<(10 * kNumber + 6) % kPartClasses>::ByHand(ctx, source);
    if (!g.ok()) return g.status();
    const auto h = Part<(10 * kNumber + 7) % kPartClasses>::ByHand(ctx, source);
    if (!h.ok()) return h.status();
    const auto i = Part<(10 * kNumber + 8) % kPartClasses>::ByHand(ctx, source);
    if (!i.ok()) return i.status();
    const auto j = Part<(10 * kNumber + 9) % kPartClasses>::ByHand(ctx, source);
    if (!j.ok()) return j.status();
    return Collect().Compute(ctx, *a, *b, *c, *d, *e, *f, *g, *h, *i, *j);
  }
};
template <int kNumber>
using Ten = Collect<Spoke, kSpokeClasses, kNumber>;
template <int kNumber>
using Hundred = Collect<Ten, kTenClasses, kNumber>;
using Thousand = Collect<Hundred, kHundreds, 0>;

constexpr int kSteps = 1 + kSpokes + kSpokes / 10 + kHundreds + 1;

template <template <int> class Step, int... kNumber>
std::vector<internal::StepDefinition> Classes(std::integer_sequence<int, kNumber...>) {
  return {internal::DefineStep<Step<kNumber>>(StepOptions{})...};
}

// Message types for what `count` steps make: as each class stands in the graph many times, they
// cannot be the types in its signature. The graph knows a type by the address of its default
// instance.
std::vector<internal::TypeKey> NewKeys(int count) {
  std::vector<internal::TypeKey> keys;
  for (int i = 0; i < count; ++i) keys.emplace_back(*new Source);  // lives as long as the program
  return keys;
}

// Adds a step for each of `made`, which takes its share of `taken`, in order.
void AddAll(internal::GraphParts& parts, const std::string& name,
            const std::vector<internal::StepDefinition>& classes,
            const std::vector<internal::TypeKey>& taken,
            const std::vector<internal::TypeKey>& made) {
  for (size_t i = 0; i < made.size(); ++i) {
    internal::StepDefinition step = classes[i % classes.size()];
    step.options.name = name + std::to_string(i);
    for (size_t k = 0; k < step.inputs.size(); ++k) {
      step.inputs[k] = taken[(i * step.inputs.size() + k) % taken.size()];
    }
    step.output = made[i];
    parts.steps.push_back(std::move(step));
  }
}

Graph MakeGraph() {
  const std::vector<internal::TypeKey> begin = {internal::KeyOf<Begin>()};
  const std::vector<internal::TypeKey> source = {internal::KeyOf<Source>()};
  const std::vector<internal::TypeKey> spokes = NewKeys(kSpokes);
  const std::vector<internal::TypeKey> tens = NewKeys(kSpokes / 10);
  const std::vector<internal::TypeKey> hundreds = NewKeys(kHundreds);
  internal::GraphParts parts;
  parts.name = "fan";
  parts.inputs = begin;
  AddAll(parts, "source ", {internal::DefineStep<MakeSource>(StepOptions{})}, begin, source);
  AddAll(parts, "spoke ", Classes<Spoke>(std::make_integer_sequence<int, kSpokeClasses>()), source,
         spokes);
  AddAll(parts, "ten ", Classes<Ten>(std::make_integer_sequence<int, kTenClasses>()), spokes, tens);
  AddAll(parts, "hundred ", Classes<Hundred>(std::make_integer_sequence<int, kHundreds>()), tens,
         hundreds);
  AddAll(parts, "thousand ", {internal::DefineStep<Thousand>(StepOptions{})}, hundreds,
         {internal::KeyOf<Thousand::Output>()});
  return internal::GraphAccess::Make(OrDie(internal::MakeGraphCore(std::move(parts))));
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
