// A chain of a thousand steps: what a step costs where nothing else is there to be paid for.

#include <array>
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

constexpr int kSteps = 1000;
// Step classes that differ: compiling a thousand takes minutes. Step i is of class i % kClasses.
constexpr int kClasses = 50;

struct Chain;
template <int kNumber>
using ChainLink = Link<Chain, kNumber % kClasses>;

struct Ends;
using End = Link<Ends, 0>;

template <int kNumber, class Made = ChainLink<kNumber + 1>>
struct ChainStep {
  // As far away as a step in a library.
  [[gnu::noinline]] absl::StatusOr<Made> Compute(ExecCtx& /*ctx*/,
                                                 const ChainLink<kNumber>& before) const {
    Made link;
    link.set_value(before.value() + kNumber % 3);
    return link;
  }
};
using LastStep = ChainStep<(kSteps - 1) % kClasses, End>;

template <int... kNumber>
std::vector<internal::StepDefinition> Classes(std::integer_sequence<int, kNumber...>) {
  return {internal::DefineStep<ChainStep<kNumber>>(StepOptions{})...};
}

// The message types between the steps: as each class stands in the chain many times, they cannot be
// the types in its signature. The graph knows a type by the address of its default instance.
internal::TypeKey KeyBefore(int step) {
  static const auto& keys = *new std::array<ChainLink<0>, kSteps>;
  return step == 0 ? internal::KeyOf<ChainLink<0>>()
                   : internal::TypeKey(keys[static_cast<size_t>(step)]);
}

Graph MakeGraph() {
  const std::vector<internal::StepDefinition> classes =
      Classes(std::make_integer_sequence<int, kClasses>());
  internal::GraphParts parts;
  parts.name = "chain";
  parts.inputs = {KeyBefore(0)};
  for (int i = 0; i < kSteps; ++i) {
    const bool is_last = i + 1 == kSteps;
    internal::StepDefinition step = is_last ? internal::DefineStep<LastStep>(StepOptions{})
                                            : classes[static_cast<size_t>(i % kClasses)];
    step.options.name = std::to_string(i);
    step.inputs = {KeyBefore(i)};
    if (!is_last) step.output = KeyBefore(i + 1);
    parts.steps.push_back(std::move(step));
  }
  return internal::GraphAccess::Make(OrDie(internal::MakeGraphCore(std::move(parts))));
}

// The calls by hand from step `step` on, each with its status check: ten in a row, then the rest.
template <int kNumber>
[[gnu::noinline]] absl::StatusOr<End> ByHand(ExecCtx& ctx, const ChainLink<kNumber>& before,
                                             int step) {
  const auto a = ChainStep<kNumber>().Compute(ctx, before);
  if (!a.ok()) return a.status();
  const auto b = ChainStep<kNumber + 1>().Compute(ctx, *a);
  if (!b.ok()) return b.status();
  const auto c = ChainStep<kNumber + 2>().Compute(ctx, *b);
  if (!c.ok()) return c.status();
  const auto d = ChainStep<kNumber + 3>().Compute(ctx, *c);
  if (!d.ok()) return d.status();
  const auto e = ChainStep<kNumber + 4>().Compute(ctx, *d);
  if (!e.ok()) return e.status();
  const auto f = ChainStep<kNumber + 5>().Compute(ctx, *e);
  if (!f.ok()) return f.status();
  const auto g = ChainStep<kNumber + 6>().Compute(ctx, *f);
  if (!g.ok()) return g.status();
  const auto h = ChainStep<kNumber + 7>().Compute(ctx, *g);
  if (!h.ok()) return h.status();
  const auto i = ChainStep<kNumber + 8>().Compute(ctx, *h);
  if (!i.ok()) return i.status();
  if constexpr (kNumber + 10 == kClasses) {
    if (step + 10 == kSteps) return LastStep().Compute(ctx, *i);
  }
  const auto j = ChainStep<kNumber + 9>().Compute(ctx, *i);
  if (!j.ok()) return j.status();
  return ByHand<(kNumber + 10) % kClasses>(ctx, *j, step + 10);
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph;
  using namespace protograph::bench;
  const Graph graph = MakeGraph();
  ExecCtx ctx;
  ChainLink<0> begin;
  begin.set_value(1);
  if (OrDie(graph.Execute<End>(ctx, begin)).value() != OrDie(ByHand<0>(ctx, begin, 0)).value()) {
    std::cerr << "error: the graph and the calls by hand disagree\n";
    return 2;
  }
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i)
                                       Keep(graph.Execute<End>(ctx, begin));
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(ByHand<0>(ctx, begin, 0));
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
