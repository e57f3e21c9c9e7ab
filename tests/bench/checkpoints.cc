// What durability costs an execution that meets no fault.

#include <memory>
#include <string>

#include "film_steps.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/durability/engine.h"
#include "protograph/store/memory_store.h"

namespace protograph::bench {
namespace {

// A context for each execution, as a service has it.
void CompareOneExecution(const FilmGraph& graph, Engine& engine, const std::string& store) {
  movie_tagging::MovieId id;
  id.set_id(603);
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       ExecCtx ctx =
                                           engine.NewExecution({.workflow_id = "film-603"});
                                       Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
                                     }
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       ExecCtx ctx;
                                       Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
                                     }
                                   }},
                                  {.rounds = 1001, .turn_seconds = 0.0005});
  PrintFigure({.group = "checkpoints",
               .name = "five steps, checkpoints in " + store,
               .value = rounds.Median(0),
               .baseline = "without checkpoints",
               .baseline_value = rounds.Median(1),
               .number = rounds.MedianDifference(0, 1),
               .number_unit = "ns more",
               .bar = "<=400"});
  PrintFigure({.group = "checkpoints",
               .name = "five steps, checkpoints in " + store,
               .value = rounds.Median(0),
               .baseline = "without checkpoints",
               .baseline_value = rounds.Median(1),
               .number = rounds.MedianRatio(0, 1),
               .bar = "<=1.6"});
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph;
  using namespace protograph::bench;
  const FilmGraph graph = MakeFilmGraph();
  const std::unique_ptr<Engine> engine = OrDie(Engine::Start(std::make_shared<MemoryStore>()));
  CompareOneExecution(graph, *engine, "memory");
}
