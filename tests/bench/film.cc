// The cost of a graph of five trivial steps: over the same steps called by hand, and beside oneTBB.

#include "film_steps.h"
#include "film_tbb.h"
#include "measure.h"
#include "or_die.h"

namespace protograph::bench {
namespace {

const char kFull[] = "five steps";
const char kNumbers[] = "five steps that set a number each";

void CompareWithHandWritten(const FilmGraph& graph, int32_t film, const std::string& name,
                            const std::string& bar) {
  const FilmByHand by_hand;
  ExecCtx ctx;
  movie_tagging::MovieId id;
  id.set_id(film);
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i)
                                       Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(by_hand.Tag(ctx, id));
                                   }},
                                  {.rounds = 1001, .turn_seconds = 0.0005});
  PrintFigure({.group = "film",
               .name = name,
               .value = rounds.Median(0),
               .baseline = "calls by hand",
               .baseline_value = rounds.Median(1),
               .number = rounds.MedianRatio(0, 1),
               .bar = bar});
}

template <class InTbb>
void CompareWithTbb(const FilmGraph& graph, int32_t film, const std::string& name,
                    const std::string& baseline, const std::string& bar) {
  InTbb in_tbb;
  ExecCtx ctx;
  movie_tagging::MovieId id;
  id.set_id(film);
  // Both do the same, or the figure is worth nothing.
  const movie_tagging::TagSet expected = OrDie(graph.Execute<movie_tagging::TagSet>(ctx, id));
  if (OrDie(in_tbb.Tag(ctx, id)).SerializeAsString() != expected.SerializeAsString()) {
    std::cerr << "error: the graph in oneTBB makes other tags\n";
    std::exit(2);
  }
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i)
                                       Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) Keep(in_tbb.Tag(ctx, id));
                                   }},
                                  {.rounds = 501});
  PrintFigure({.group = "film",
               .name = name,
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
  CompareWithHandWritten(graph, 603, kFull, "<=1.15");
  CompareWithHandWritten(graph, kNoTitle, kNumbers, "");
  using Continue = FilmInTbbByContinue<tbb::flow::queueing>;
  using Lightweight = FilmInTbbByContinue<tbb::flow::lightweight>;
  // The bar is about the graphs, so it is held where least is done beside them.
  CompareWithTbb<FilmInTbbByMessage>(graph, kNoTitle, kNumbers, "oneTBB flow graph", ">=6");
  CompareWithTbb<FilmInTbbByMessage>(graph, 603, kFull, "oneTBB flow graph", "");
  CompareWithTbb<FilmInTbbByData>(graph, 603, kFull, "oneTBB, one struct for all steps", "");
  CompareWithTbb<Continue>(graph, 603, kFull, "oneTBB, dependencies only", "");
  CompareWithTbb<Lightweight>(graph, 603, kFull, "oneTBB, no thread may help", "");
}
