// The cost of a graph of five trivial steps: over the same steps called by hand, and beside oneTBB.

#include "film_steps.h"
#include "film_tbb.h"
#include "measure.h"
#include "oneapi/tbb/global_control.h"
#include "or_die.h"

namespace protograph::bench {
namespace {

void CompareWithHandWritten(const FilmGraph& graph) {
  const FilmByHand by_hand;
  ExecCtx ctx;
  film::MovieId id;
  id.set_id(603);
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i)
                                       Keep(graph.Execute<film::TagSet>(ctx, id));
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(by_hand.Tag(ctx, id));
                                   }},
                                  {.rounds = 1001, .turn_seconds = 0.0005});
  PrintFigure({.group = "film",
               .name = "five steps",
               .value = rounds.Median(0),
               .baseline = "calls by hand",
               .baseline_value = rounds.Median(1),
               .number = rounds.MedianRatio(0, 1),
               .bar = "<=1.15"});
}

template <class Policy>
void CompareWithTbb(const FilmGraph& graph, const std::string& baseline, const std::string& bar) {
  FilmInTbb<Policy> in_tbb;
  ExecCtx ctx;
  film::MovieId id;
  id.set_id(603);
  // Both do the same, or the figure is worth nothing.
  const film::TagSet expected = OrDie(graph.Execute<film::TagSet>(ctx, id));
  if (OrDie(in_tbb.Tag(ctx, id)).tags() != expected.tags()) {
    std::cerr << "error: the graph in oneTBB makes other tags\n";
    std::exit(2);
  }
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i)
                                       Keep(graph.Execute<film::TagSet>(ctx, id));
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(in_tbb.Tag(ctx, id));
                                   }},
                                  {.rounds = 501});
  PrintFigure({.group = "film",
               .name = "five steps",
               .value = rounds.Median(0),
               .baseline = baseline,
               .baseline_value = rounds.Median(1),
               .number = rounds.MedianRatio(1, 0),
               .number_unit = "x faster",
               .bar = bar});
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph::bench;
  const FilmGraph graph = MakeFilmGraph();
  CompareWithHandWritten(graph);
  CompareWithTbb<tbb::flow::queueing>(graph, "oneTBB flow graph", ">=6");
  CompareWithTbb<tbb::flow::lightweight>(graph, "the same, lightweight nodes", "");
  // With one thread oneTBB hands nothing over, and so can run nothing side by side.
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  CompareWithTbb<tbb::flow::queueing>(graph, "the same, one thread", "");
}
